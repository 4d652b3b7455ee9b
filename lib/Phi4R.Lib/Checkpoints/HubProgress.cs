namespace Phi4R.Checkpoints;

/// <summary>How far a download is.</summary>
/// <param name="Done">Bytes that are here, of all files.</param>
/// <param name="Total">Bytes of all files.</param>
/// <param name="Message">What happened, such as a broken connection; null for mere progress.</param>
public sealed record HubProgress(long Done, long Total, string? Message = null);
