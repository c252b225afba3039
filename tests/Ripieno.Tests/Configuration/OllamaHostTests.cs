using Ripieno.Configuration;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Tests.Configuration;

public sealed class OllamaHostTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpu", "http://gpu:11434/")]
    [InlineData("gpu:8080", "http://gpu:8080/")]
    [InlineData(":8080", "http://127.0.0.1:8080/")]
    [InlineData("0.0.0.0", "http://127.0.0.1:11434/")]
    [InlineData("0.0.0.0:9000", "http://127.0.0.1:9000/")]
    [InlineData("10.0.0.7", "http://10.0.0.7:11434/")]
    [InlineData("[::1]:9000", "http://[::1]:9000/")]
    [InlineData("::1", "http://[::1]:11434/")]
    [InlineData("[::]", "http://[::1]:11434/")]
    [InlineData("http://ollama:11434", "http://ollama:11434/")]
    [InlineData("http://ollama", "http://ollama/")]
    [InlineData("https://ollama.example", "https://ollama.example/")]
    [InlineData("https://box:444/ollama/", "https://box:444/ollama")]
    [InlineData("  \"gpu:1\" ", "http://gpu:1/")]
    public void It_is_read_as_ollama_reads_it(string text, string url) => Assert.Equal(url, OllamaHost.Parse(text)?.AbsoluteUri);

    [Theory]
    [InlineData("gpu:port")]
    [InlineData("gpu:70000")]
    [InlineData("ftp://gpu")]
    [InlineData("user:secret@gpu")]
    [InlineData("two words")]
    public void What_is_no_address_is_refused(string text)
    {
        _folder.With("config/agents.config.json", "{}").Environment["OLLAMA_HOST"] = text;

        var refusal = Assert.Throws<InvalidInputException>(() => _folder.Load());

        Assert.Equal("OLLAMA_HOST", Assert.Single(refusal.Problems).Place);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_does_not_matter_when_no_agent_uses_ollama()
    {
        _folder.With("config/agents.config.json", "{}").Environment["OLLAMA_HOST"] = "gpu:port";

        Assert.Equal("simulated", _folder.Load(overrides: new CommandLineOverrides(Provider: "simulated")).Endpoints[0].Provider);
    }

    [Fact]
    public void It_overrides_the_files_host_and_list_of_endpoints()
    {
        _folder.With("config/agents.config.json", """{ "runtime": { "ollama": { "endpoints": [ { "name": "a", "url": "http://a:1" } ] } } }""")
            .Environment["OLLAMA_HOST"] = "gpu";

        var loaded = _folder.Load();

        Assert.Equal(new Uri("http://gpu:11434"), Assert.Single(loaded.Endpoints).Url);
        Assert.Equal(OriginKind.Environment, loaded.Origins["runtime.ollama.host"].Kind);
    }
}
