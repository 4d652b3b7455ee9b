using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>What counts as a text that repeats itself.</summary>
public sealed record RepetitionConfig
{
    /// <summary>Times in a row from which on a block of words counts as repeated.</summary>
    public required int Times
    {
        get;
        init => field = value >= 2 ? value : throw new ArgumentException($"Times is {value}; it must be 2 or more.");
    }

    /// <summary>Words of the longest block that is looked for.</summary>
    public required int LongestBlock { get; init => field = Require.Positive(value); }

    /// <summary>A step of a pocket solution, which is at most four words, four times in a row. Ours.</summary>
    public static RepetitionConfig Pocket { get; } = new() { Times = 4, LongestBlock = 8 };

    /// <summary>A block of up to 64 words, four times in a row, for long chains of thought. Ours.</summary>
    public static RepetitionConfig LongThought { get; } = new() { Times = 4, LongestBlock = 64 };
}
