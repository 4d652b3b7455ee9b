namespace Phi4R.Checkpoints;

/// <summary>One tensor of a GGUF file.</summary>
/// <param name="Name">As llama.cpp names it.</param>
/// <param name="Shape">Sizes, outermost first; the file has them the other way round.</param>
/// <param name="Type">What its numbers are written in.</param>
/// <param name="Start">First byte behind the header.</param>
internal sealed record GgufTensor(string Name, IReadOnlyList<long> Shape, GgufType Type, long Start)
{
    /// <summary>How many numbers it has.</summary>
    public long Count => Shape.Aggregate(1L, (all, size) => all * size);

    /// <summary>How many bytes they take.</summary>
    public long Bytes => GgufBlocks.Bytes(Type, Count);
}
