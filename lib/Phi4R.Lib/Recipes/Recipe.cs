using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Training;

namespace Phi4R.Recipes;

/// <summary>A base model's data, where a base is trained from nothing.</summary>
public sealed record PretrainData
{
    /// <summary>Documents in all.</summary>
    public required int Documents { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Share of them that are single facts of arithmetic; the others are problems with the bare answer.
    /// </summary>
    public required double FactShare { get; init => field = Require.Fraction(value); }

    /// <summary>Facts in a document.</summary>
    public required int FactsPerDocument { get; init => field = Require.Positive(value); }

    /// <summary>Which problems the documents are about.</summary>
    public required ProblemMix Mix { get; init; }
}

/// <summary>Which preference pairs are made, and from whose answers.</summary>
public sealed record PreferenceData
{
    /// <summary>How many problems are answered.</summary>
    public required int Problems { get; init => field = Require.Positive(value); }

    /// <summary>Answers to each.</summary>
    public required int AnswersPerProblem { get; init => field = Require.Positive(value); }

    /// <summary>Temperature of the answers.</summary>
    public required double Temperature { get; init => field = Require.Positive(value); }

    /// <summary>Tokens of an answer at the most.</summary>
    public required int MaxTokens { get; init => field = Require.Positive(value); }

    /// <summary>Which problems pairs are looked for in.</summary>
    public required ProblemMix Mix { get; init; }

    /// <summary>How answers become pairs.</summary>
    public required PairingConfig Pairing { get; init; }

    /// <summary>Whether the answers are the teacher's, as in the paper, or the fine-tuned model's own.</summary>
    public required bool FromTeacher { get; init; }

    /// <summary>
    /// Differences of so many tokens count as one when pairs are left out until length tells nothing; see
    /// <see cref="Data.Pairing.MatchLengths"/>. Null leaves all.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int? MatchLengths { get; init => field = value is null ? null : Require.Positive(value.Value); }
}

/// <summary>Sizes of the benchmarks that a run is judged by.</summary>
public sealed record BenchmarkSizes
{
    /// <summary>Problems in the stand-in for MATH-500, at the most.</summary>
    public required int Medium { get; init => field = Require.Positive(value); }

    /// <summary>Problems in the stand-in for AIME 2024, at the most.</summary>
    public required int Hard { get; init => field = Require.Positive(value); }

    /// <summary>Problems in the stand-in for GPQA-Diamond, at the most.</summary>
    public required int Choice { get; init => field = Require.Positive(value); }
}

/// <summary>Every number of a run from nothing to a reasoning model.</summary>
public sealed record Recipe
{
    /// <summary>What a person calls it.</summary>
    public required string Name { get; init; }

    /// <summary>What is taken from files; null where everything is made from the seed.</summary>
    public required RecipeFiles? Files { get; init; }

    /// <summary>The model's sizes.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>What training keeps in memory.</summary>
    public required MemoryConfig Memory { get; init; }

    /// <summary>Which checkpoints of a stage that is trained stay on the disk.</summary>
    public required Retention Checkpoints { get; init; }

    /// <summary>
    /// Documents of a base model that is trained from nothing; null where the base is a released checkpoint.
    /// </summary>
    public required PretrainData? PretrainData { get; init; }

    /// <summary>Training of that base; null where it is a released checkpoint.</summary>
    public required MidTrainingConfig? Pretrain { get; init; }

    /// <summary>
    /// Whether the run is fine-tuning of the base model on the curated rollouts and nothing else, as in the paper's
    /// table of LIMO and s1K: no mid-training, preferences or reinforcement.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FineTuningOnly { get; init; }

    /// <summary>How the teacher's rollouts are sampled.</summary>
    public required DistillConfig Distill { get; init; }

    /// <summary>Stage 1: distillation as mid-training.</summary>
    public required MidTrainingConfig MidTraining { get; init; }

    /// <summary>The subset that stage 2 learns from.</summary>
    public required CurationConfig Curation { get; init; }

    /// <summary>Stage 2: distillation as fine-tuning.</summary>
    public required SftConfig Sft { get; init; }

    /// <summary>The pairs that stage 3 learns from.</summary>
    public required PreferenceData PreferenceData { get; init; }

    /// <summary>Stage 3: Rollout-DPO.</summary>
    public required RolloutDpoConfig RolloutDpo { get; init; }

    /// <summary>The problems that stage 4 learns from.</summary>
    public required PromptSelectionConfig PromptSelection { get; init; }

    /// <summary>Which problems stage 4 draws where they are generated.</summary>
    public required ProblemMix GrpoMix { get; init; }

    /// <summary>Stage 4: reinforcement with a verifiable reward.</summary>
    public required GrpoConfig Grpo { get; init; }

    /// <summary>How models are asked.</summary>
    public required EvaluationConfig Evaluation { get; init; }

    /// <summary>How much they are asked.</summary>
    public required BenchmarkSizes Benchmarks { get; init; }

    /// <summary>The recipes that are known by name.</summary>
    internal static IReadOnlyList<string> Names { get; } = ["smoke", "tiny", "pocket", "lab-smoke", "lab", "paper"];

    /// <summary>A recipe by its name (smoke, tiny, pocket, lab-smoke, lab, paper) or from a file.</summary>
    /// <exception cref="ArgumentException">There is no such recipe; the message lists those there are.</exception>
    /// <exception cref="InvalidDataException">The file holds no recipe.</exception>
    public static Recipe Named(string nameOrFile) => nameOrFile switch
    {
        "smoke" => Pocket.Smoke,
        "tiny" => Pocket.Tiny,
        "pocket" => Pocket.Recipe,
        "lab-smoke" => Lab.Smoke,
        "lab" => Lab.Recipe,
        "paper" => Paper.Recipe,
        _ when File.Exists(nameOrFile) =>
            RecipeFile.Read(nameOrFile, "A recipe file holds a whole recipe, or \"Base\": \"pocket\" and what "
                + "differs from it."),
        _ => throw new ArgumentException($"There is no recipe '{nameOrFile}', and no such file; there are smoke "
            + "(seconds, for tests), tiny (a minute, for a first look), pocket (minutes, the default), lab-smoke (real "
            + "formats in a minute or two, for tests), lab (the real weights on one 80 GB card in a weekend) and "
            + "paper (the published numbers)."),
    };
}
