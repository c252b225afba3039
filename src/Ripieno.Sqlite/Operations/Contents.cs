using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

internal static class Contents
{
    extension(PackedContent content)
    {
        public void Insert(Session session, long run) => session.Db.Execute(
            "INSERT INTO content(run, hash, size, packed, body) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            run, content.Hash, content.Size, content.IsPacked, content.Body);
    }
}
