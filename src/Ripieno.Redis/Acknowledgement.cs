namespace Ripieno.Redis;

/// <summary>Who must have a commit before it is acknowledged.</summary>
internal enum Acknowledgement
{
    /// <summary>The master.</summary>
    Local,

    /// <summary>A replica too, so that what was acknowledged is still there when it takes over. Without a replica nothing is acknowledged.</summary>
    Replica,
}
