using Ripieno.Cli;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Runs;
using Ripieno.Coordination;
using Ripieno.Storage;
using Ripieno.Tests.Workers;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Cli;

/// <summary>What a run says, where its output is not a terminal, while the store is away.</summary>
public sealed class OutageDisplayTests
{
    private const string Away = "the store is on holiday";
    private const string Meanwhile = " It is tried again until it answers; what is under way goes on.";
    private const string Back = "The store answers again; going on.";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    [Fact]
    public void Trouble_is_told_with_its_cause_and_its_end_and_not_with_each_attempt()
    {
        var news = new TroubleNews();

        Assert.Equal(
            [null, "no answer" + Meanwhile, null, "refused", null, Back, null, "no answer" + Meanwhile, Back],
            new[] { null, "no answer", "no answer", "refused", "refused again", null, null, "no answer", null }.Select(news.Next));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_says_once_that_the_store_is_away_and_once_that_it_is_back(bool json)
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", Step("a"));
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        var (output, error) = (new StringWriter(), new StringWriter());
        var (safeOutput, safeError) = (TextWriter.Synchronized(output), TextWriter.Synchronized(error));
        using var interruption = new Interruption(_ => { });
        var display = RunDisplay.For(
            new()
            {
                Terminal = Terminal.Plain(TextReader.Null, safeOutput, safeError),
                // Real: on a clock that runs ahead of the store's real reads they would count as not answered.
                Time = TimeProvider.System,
                Folder = "/",
                Variable = _ => null,
                Interruption = interruption,
                OpenInput = () => Stream.Null,
            },
            new CommonSettings(null, null, json, Quiet: false));
        var told = json ? error : output;
        var showing = display.ShowAsync(new RunSubject("run", new RunBanner("m", Simulated: false), store, new RunCoordinator(store, TimeProvider.System), TimeProvider.System), CancellationToken.None);

        store.Plan = (operation, _) => operation == nameof(IStore.FindOverviewAsync) ? Fault.Unavailable : Fault.None;
        await scene.UntilAsync(() => store.Fired.GetValueOrDefault((nameof(IStore.FindOverviewAsync), Fault.Unavailable)) > 3);
        store.Plan = (_, _) => Fault.None;
        await scene.UntilAsync(() => told.ToString().Contains(Back, StringComparison.Ordinal));
        await scene.StartAsync();
        await scene.RunEndsAsync("run", Pace);
        await scene.UntilAsync(() => showing.IsCompleted);

        Assert.NotNull(await showing);
        Assert.Equal(1, Count(told, Away));
        Assert.Equal(1, Count(told, Back));
    }

    private static int Count(StringWriter told, string text) => told.ToString().Split(text).Length - 1;
}
