using Ripieno.Runs;

namespace Ripieno.Sqlite;

/// <summary>What a write operation works with: the writer's connection inside an open transaction, and one reading of the clock.</summary>
internal readonly record struct Session(Connection Db, long Now)
{
    /// <summary>Number of a class, made when new.</summary>
    public long Class(StepClass stepClass)
    {
        if (Db.ClassNumbers.TryGetValue(stepClass, out var number))
            return number;
        Db.Execute("INSERT INTO class(queue, executor) VALUES(?1, ?2) ON CONFLICT DO NOTHING", stepClass.Queue, stepClass.Executor);
        number = Db.Number("SELECT no FROM class WHERE queue = ?1 AND executor = ?2", stepClass.Queue, stepClass.Executor);
        Db.ClassNumbers[stepClass] = number;
        return number;
    }
}
