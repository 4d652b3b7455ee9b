using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;

namespace Phi4R.Runs;

/// <summary>
/// Where a run's texts and its first weights come from: made from the seed (<see cref="PocketSource"/>), or read from
/// files (<see cref="FileSource"/>).
/// </summary>
internal interface IRecipeSource
{
    /// <summary>Token ids of the run's texts.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>Where models live.</summary>
    Device Device { get; }

    /// <summary>What a stage's fingerprint holds of the files that it reads; null where nothing is read.</summary>
    object? Identity { get; }

    /// <summary>The weights that the base model starts from; the caller disposes the model.</summary>
    LanguageModel FirstModel(ModelConfig config, long seed);

    /// <summary>Documents of a base model that is trained from nothing.</summary>
    IReadOnlyList<TrainingExample> PretrainDocuments(PretrainData data, long seed);

    /// <summary>A teacher's rollouts, verified, one after the other.</summary>
    /// <param name="keep">
    /// Is given each rollout, in order, and the ids of its prompt and its completion where they were made on the way.
    /// </param>
    /// <param name="ledger">
    /// Is called with what is there and not taken; null for a sample, which reads no further than it must and accounts
    /// for nothing.
    /// </param>
    /// <returns>How many of them the verifier could not judge.</returns>
    int Distill(DistillConfig config, long seed, long stageSeed, KeepRollout keep, Ledger? ledger,
        IProgress<int>? progress, CancellationToken cancel);

    /// <summary>Problems to learn from, as many as asked for as far as there are.</summary>
    /// <param name="purpose">What they are for; each purpose has an order of its own.</param>
    /// <param name="ledger">Is called with what is there and may not be learned from.</param>
    IReadOnlyList<Problem> Problems(string purpose, int count, ProblemMix mix, long seed, Ledger ledger);

    /// <summary>Preference pairs that a person has; null where pairs are made of completions.</summary>
    /// <param name="ledger">Is called with what is there and of no use.</param>
    (IReadOnlyList<PreferencePair> Pairs, PairingReport Report)? OwnPairs(PreferenceData data, Ledger ledger);

    /// <summary>A group of the teacher's completions of each problem, judged.</summary>
    /// <param name="ledger">Is called with what is there and not taken.</param>
    IReadOnlyList<RolloutGroup> TeacherGroups(
        IReadOnlyList<Problem> problems, PreferenceData data, long seed, Ledger ledger);

    /// <summary>What models are measured on.</summary>
    /// <param name="validation">Whether to measure on what settings are chosen with.</param>
    IReadOnlyList<ProblemSet> Benchmarks(BenchmarkSizes sizes, bool validation);
}

/// <summary>Is given a rollout, and the ids of its prompt and its completion; null where nobody made them.</summary>
internal delegate void KeepRollout(Rollout rollout, (int[] Prompt, int[] Completion)? ids);
