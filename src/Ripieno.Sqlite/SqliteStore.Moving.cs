using System.Runtime.CompilerServices;
using Ripieno.Sqlite.Moving;
using Ripieno.Sqlite.Operations;
using Ripieno.Storage;
using Ripieno.Storage.Moving;

namespace Ripieno.Sqlite;

internal sealed partial class SqliteStore
{
    /// <summary>Drafts that one commit gives to be deleted.</summary>
    private const int DraftsTogether = 100;

    public Task<StoreClosing?> FindClosingAsync(CancellationToken cancellation) => _readers.ReadAsync(Closing.Find, cancellation);

    public Task<StoreClosing> CloseAsync(string target, CancellationToken cancellation) =>
        _writer.WriteEvenClosedAsync(session => Closing.Close(session, Description.Location, target), cancellation);

    public Task<bool> ReopenAsync(CancellationToken cancellation) => _writer.WriteEvenClosedAsync(Closing.Reopen, cancellation);

    public async IAsyncEnumerable<ImagePart> ReadImageAsync(string runId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = new ImageReader(runId);
        while (!reader.IsAtEnd && await _readers.ReadAsync(reader.Next, cancellation) is { } part)
            yield return part;
    }

    public Task WriteImageAsync(RunDraft draft, ImagePart part, CancellationToken cancellation) => _writer.WriteAsync(new ImageWriter(draft, part).Execute, cancellation);

    public async Task<int> DropDraftsAsync(CancellationToken cancellation)
    {
        for (var total = 0; ;)
        {
            var dropped = await _writer.WriteAsync(
                session =>
                {
                    var ids = session.Db.List("SELECT id FROM draft LIMIT ?1 + 0", [DraftsTogether], row => row.GetString(0));
                    ids.ForEach(id => ImageWriter.Drop(session, id));
                    return ids.Count;
                },
                cancellation);
            total += dropped;
            if (dropped < DraftsTogether)
                return total;
        }
    }

    public Task TakeHourlyAsync(string source, IReadOnlyList<HourlyFigures> figures, CancellationToken cancellation) =>
        _writer.WriteAsync(session => Figures.Take(session.Db, source, figures), cancellation);
}
