using Phi4R.Foundation;

namespace Phi4R.Cluster;

/// <summary>What a worker does.</summary>
public enum WorkerState
{
    /// <summary>It makes parts, or waits for some.</summary>
    Works,

    /// <summary>It could not make a part, and is asked again a little later.</summary>
    Rests,

    /// <summary>It could make none again and again, and is not asked any more.</summary>
    LeftOut,

    /// <summary>It is no member any more: stopped, killed, or not reached.</summary>
    Gone,
}

/// <summary>How far a worker is; counts are of this start of whoever hands out parts.</summary>
public sealed record WorkerProgress
{
    /// <summary>Its address and port.</summary>
    public required string Name { get; init; }

    /// <summary>What it does.</summary>
    public required WorkerState State { get; init; }

    /// <summary>Parts that it made to their end.</summary>
    public required int PartsDone { get; init; }

    /// <summary>Parts that it is at.</summary>
    public required int PartsInFlight { get; init; }

    /// <summary>Parts that were handed to it and came back, since it was lost or could not make them.</summary>
    public required int PartsReturned { get; init; }

    /// <summary>What came of it.</summary>
    public required PartTally Tally { get; init; }

    /// <summary>Tokens of a second, over the last half minute.</summary>
    public required double TokensPerSecond { get; init; }
}
