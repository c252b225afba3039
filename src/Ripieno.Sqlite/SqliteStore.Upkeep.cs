using Ripieno.Storage;

namespace Ripieno.Sqlite;

internal sealed partial class SqliteStore
{
    public Task<StoreCheck> CheckAsync(CancellationToken cancellation) => _readers.ReadAsync(db => new Checkup(db, Description).Look(), cancellation);
}
