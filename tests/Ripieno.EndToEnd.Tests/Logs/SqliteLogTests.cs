using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Logs;

[Collection(Collections.Embedded)]
public sealed class SqliteLogTests
{
    [Fact]
    public async Task Instances_in_two_folders_on_one_file_have_one_log()
    {
        using var place = new Workspace();
        await TwoMachines.CheckAsync("sqlite:" + place.In("shared.db"));
    }
}
