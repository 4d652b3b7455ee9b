using Phi4R.Data;
using Phi4R.Inference;

namespace Phi4R.Runs;

/// <summary>One completion that an evaluation asks for, with all that it depends on.</summary>
internal sealed record AskedSample
{
    public required string Benchmark { get; init; }

    public required int Sample { get; init; }

    public required Problem Problem { get; init; }

    public required string Prompt { get; init; }

    public required SamplingConfig Sampling { get; init; }

    public required ulong Seed { get; init; }

    public string Key => $"{Benchmark}, problem '{Problem.Id}', sample {Sample}";
}
