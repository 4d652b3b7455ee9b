namespace Phi4R.Checkpoints;

/// <summary>What writing a GGUF file showed when it was read again.</summary>
public sealed record GgufReport
{
    /// <summary>Of the file.</summary>
    public required long Bytes { get; init; }

    /// <summary>How many tensors it holds.</summary>
    public required int Tensors { get; init; }

    /// <summary>Of the weights read again from those written, as a share of their length; 0 in 32 bits.</summary>
    public required double WeightDistance { get; init; }

    /// <summary>
    /// Matrices whose rows are no whole blocks of the type that was asked for, and that are in half precision instead.
    /// </summary>
    public required int InHalfPrecision { get; init; }

    /// <summary>What the file's vocabulary is.</summary>
    public required string Vocabulary { get; init; }

    /// <summary>Ids that end an answer here and that the file has no entry for: it holds three.</summary>
    public required IReadOnlyList<int> StopIdsLeftOut { get; init; }
}
