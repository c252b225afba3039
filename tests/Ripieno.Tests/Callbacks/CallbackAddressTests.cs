using Ripieno.Callbacks;

namespace Ripieno.Tests.Callbacks;

public sealed class CallbackAddressTests
{
    [Theory]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com/hooks")]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com/hooks/7?token=a")]
    [InlineData("https://ci.example.com/hooks/", "https://CI.example.com:443/hooks/a/b")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/anything")]
    public void Below_is_below(string root, string address) => Assert.True(CallbackAddress.IsBelow(new(root), CallbackAddress.TryParse(address)!));

    [Theory]
    [InlineData("https://ci.example.com/hooks", "http://ci.example.com/hooks/7")]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com:8443/hooks/7")]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com.evil.org/hooks/7")]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com/hooks-of-others")]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com/hooks/../admin")]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com/hooks/%2e%2e/admin")]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com/hooks/..%2fadmin")]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com/hooks/%5c..%5cadmin")]
    [InlineData("https://ci.example.com/hooks", "https://ci.example.com/hooks\\..\\admin")]
    public void Beside_is_not_below(string root, string address) =>
        Assert.False(CallbackAddress.TryParse(address) is { } parsed && CallbackAddress.IsBelow(new(root), parsed));

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:hunter2@ci.example.com/")]
    [InlineData("gopher://x/")]
    [InlineData("https://")]
    [InlineData("https://a/#part")]
    [InlineData("https://a/\r\nx: y")]
    public void What_is_no_address_of_a_receiver(string text) => Assert.Null(CallbackAddress.TryParse(text));
}
