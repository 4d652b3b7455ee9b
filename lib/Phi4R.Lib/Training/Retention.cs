using Phi4R.Foundation;

namespace Phi4R.Training;

/// <summary>Which checkpoints of a stage stay on the disk.</summary>
/// <remarks>Nothing here changes a weight: stages are not made again when it changes.</remarks>
public sealed record Retention
{
    /// <summary>
    /// The newest so many; 2 or more leave one to go back to when the newest is damaged. While one is written there is
    /// one more.
    /// </summary>
    public required int KeepLast { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Those after every so many steps are written whatever the time and kept beside the stage's result; null for none.
    /// </summary>
    public required int? KeepEvery { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>The newest two.</summary>
    public static Retention NewestTwo { get; } = new() { KeepLast = 2, KeepEvery = null };

    /// <summary>Whether the checkpoint after so many steps is kept for good.</summary>
    public bool ForGood(int steps) => KeepEvery is { } every && steps % every == 0;
}
