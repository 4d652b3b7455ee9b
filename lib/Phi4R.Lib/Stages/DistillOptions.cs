using System.Globalization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Text;

namespace Phi4R.Stages;

/// <summary>A model behind servers: what it is called, what it is asked, and how.</summary>
public sealed record AskedModel
{
    /// <summary>The model's name; other answers under another name.</summary>
    public required string Name { get; init; }

    /// <summary>The servers that it is asked at.</summary>
    public required ChatPool Servers { get; init; }

    /// <summary>Where a worker on another machine asks it; null where only this process can.</summary>
    public ModelAddress? Address { get; init; }

    /// <summary>What it is asked.</summary>
    public required PromptTemplate Prompt { get; init; }

    /// <summary>Temperature, top-p and the length limit.</summary>
    public required SamplingConfig Sampling { get; init; }

    // What its answers depend on: where another is asked for, those that are there are of no use.
    internal object Identity => new { Name, Prompt = Prompt.Text, Sampling };
}

/// <summary>Who is asked for a distillation's completions, and how many.</summary>
public sealed record DistillOptions
{
    /// <summary>How a judge and a labeler are asked: for the likeliest answer, which is short.</summary>
    public static SamplingConfig JudgeSampling { get; } = new() { Temperature = 0, TopP = 1, MaxTokens = 4096 };

    /// <summary>Writes the completions.</summary>
    public required AskedModel Teacher { get; init; }

    /// <summary>Looks again at what the verifier calls incorrect or cannot judge; null for nobody.</summary>
    public AskedModel? Judge { get; init; }

    /// <summary>Is asked for domain and level where the set does not say them; null for nobody.</summary>
    public AskedModel? Labeler { get; init; }

    /// <summary>Completions of each problem.</summary>
    public required int RolloutsPerProblem { get; init => field = Require.Positive(value); }

    /// <summary>
    /// How often a problem none of whose completions is correct is sampled again, as many completions each time.
    /// </summary>
    public int MaxResample { get; init => field = Require.NotNegative(value); }

    /// <summary>What every request's seed comes from.</summary>
    public required long Seed { get; init; }

    /// <summary>What counts as a text that repeats itself.</summary>
    public required RepetitionConfig Repetition { get; init; }

    /// <summary>What a million tokens of the teacher's cost; null where nobody said.</summary>
    public double? PricePerMillion { get; init; }

    /// <summary>Problems that are under way at once: more than completions, so that none waits for another.</summary>
    public int ProblemsInFlight { get; init => field = Require.Positive(value); } = 256;

    /// <summary>Completions of a part, about: what is read and written at once in the end.</summary>
    public int PartCompletions { get; init => field = Require.Positive(value); } = 2048;

    /// <summary>Who makes the parts: this process, unless workers of a cluster do.</summary>
    public IPartHost Host { get; init; } = LocalParts.Instance;

    /// <summary>Is called with what there is to do, before anything is asked.</summary>
    public Action<DistillEstimate>? Estimated { get; init; }

    /// <summary>Is called when something came, one call after the other.</summary>
    public IProgress<DistillProgress>? Progress { get; init; }

    /// <summary>Is called with a line on what failed, on any thread.</summary>
    public Action<string>? Log { get; init; }
}

/// <summary>What a distillation has to do, before it begins.</summary>
public sealed record DistillEstimate
{
    // About 30 billion tokens of ten million rollouts. Source: arXiv 2504.21233 and the model's card.
    private const int PaperTokens = 3_000;

    /// <summary>Problems of the whole.</summary>
    public required int Problems { get; init; }

    /// <summary>Completions of the whole, none of them sampled again.</summary>
    public required long Completions { get; init; }

    /// <summary>How many of them are there already.</summary>
    public required long There { get; init; }

    /// <summary>Tokens of those that are there.</summary>
    public required long TokensThere { get; init; }

    /// <summary>Tokens of one completion at the most.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>How many are still to be asked for.</summary>
    public long Lacking => Math.Max(0, Completions - There);

    /// <summary>
    /// Tokens expected of one: as many as those that are there have on average, or where there are none as the paper's,
    /// about 3,000.
    /// </summary>
    public double TokensEach => Math.Min(MaxTokens, There > 0 ? (double)TokensThere / There : PaperTokens);

    /// <summary>Tokens expected of those that are lacking.</summary>
    public double Tokens => Lacking * TokensEach;

    /// <summary>The estimate as a line to read.</summary>
    /// <param name="pricePerMillion">What a million of the teacher's tokens cost; null where nobody said.</param>
    public string InWords(double? pricePerMillion = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Completions:N0} completions of {Problems:N0} problems; {There:N0} are there and {Lacking:N0} are to be "
            + $"asked for: about {Tokens / 1e6:N2} million tokens at {TokensEach:N0} each "
            + $"({(There > 0 ? "as those have" : "as the paper's")}), at most "
            + $"{(double)Lacking * MaxTokens / 1e6:N2} million"
            + $"{(pricePerMillion is { } each ? $"; about {Tokens * each / 1e6:N2} in money" : "")}");
}

/// <summary>How far a distillation is.</summary>
public sealed record DistillProgress
{
    /// <summary>Completions that are there, those of earlier starts among them.</summary>
    public required long There { get; init; }

    /// <summary>Completions of the whole, as far as it is known by now.</summary>
    public required long Of { get; init; }

    /// <summary>Completions that failed in this start.</summary>
    public required long Failed { get; init; }

    /// <summary>Tokens that this start received of the teacher.</summary>
    public required long Tokens { get; init; }

    /// <summary>The share of this start's completions with a verdict that are correct.</summary>
    public required double CorrectShare { get; init; }
}
