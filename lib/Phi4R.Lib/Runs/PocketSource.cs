using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;

namespace Phi4R.Runs;

/// <summary>The pocket's source: everything is made from the seed.</summary>
internal sealed class PocketSource : IRecipeSource
{
    private readonly PocketTokenizer _tokenizer = new();
    private readonly ProceduralTeacher _teacher = new(ProceduralTeacherConfig.Diverse);
    private readonly ChatFormat _chat;

    public PocketSource() => _chat = new ChatFormat(_tokenizer);

    public ITokenizer Tokenizer => _tokenizer;

    public Device Device { get; } = Doctor.ChosenDevice();

    public object? Identity => null;

    public LanguageModel FirstModel(ModelConfig config, long seed) => LanguageModel.Create(config, seed, Device);

    public IReadOnlyList<TrainingExample> PretrainDocuments(PretrainData data, long seed)
    {
        List<TrainingExample> documents = [];
        for (var i = 0; i < data.Documents; i++)
        {
            var stream = Randomness.For(seed, "base documents", i);
            if (stream.Chance(data.FactShare))
            {
                var facts = string.Concat(Enumerable.Range(0, data.FactsPerDocument)
                    .Select(_ => PocketFact.Draw(stream).Text + " "));
                documents.Add(new TrainingExample("facts", [.. _tokenizer.Encode(facts), _tokenizer.EndOfText], 0));
            }
            else
            {
                var problem = PocketProblems.Draw(stream, data.Mix, Split.Training);
                documents.Add(new TrainingExample(problem.Id,
                    [.. _chat.Prompt(problem.Question), .. _chat.Completion($"\\boxed{{{problem.Answer}}}")], 0));
            }
        }

        return documents;
    }

    public int Distill(DistillConfig config, long seed, long stageSeed, KeepRollout keep, Ledger? ledger,
        IProgress<int>? progress, CancellationToken cancel)
    {
        var problems = Draw("distillation problems", config.Problems, config.Mix, seed, distinct: false);
        return Stages.Distill.Run(problems, _teacher, _tokenizer, Verifiers.FinalAnswer, config, stageSeed,
            rollout => keep(rollout, null), progress, cancel);
    }

    public (IReadOnlyList<PreferencePair> Pairs, PairingReport Report)? OwnPairs(
        PreferenceData data, Ledger ledger) => null;

    public IReadOnlyList<Problem> Problems(string purpose, int count, ProblemMix mix, long seed, Ledger ledger) =>
        Draw(purpose, count, mix, seed, distinct: true);

    public IReadOnlyList<RolloutGroup> TeacherGroups(
        IReadOnlyList<Problem> problems, PreferenceData data, long seed, Ledger ledger) => [.. RolloutCollector.Collect(
        _teacher, _tokenizer, problems, Verifiers.FinalAnswer, data.AnswersPerProblem,
        i => Randomness.For(seed, "teacher's preference answers", i))];

    public IReadOnlyList<ProblemSet> Benchmarks(BenchmarkSizes sizes, bool validation) => validation
        ? [PocketBenchmarks.Validation(600)]
        : [PocketBenchmarks.Pocket500(sizes.Medium), PocketBenchmarks.PocketHard(sizes.Hard),
            PocketBenchmarks.PocketChoice(sizes.Choice)];

    private static List<Problem> Draw(string purpose, int count, ProblemMix mix, long seed, bool distinct)
    {
        List<Problem> problems = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (var i = 0; problems.Count < count; i++)
        {
            var problem = PocketProblems.Draw(Randomness.For(seed, purpose, i), mix, Split.Training);

            // Where the levels asked for have fewer problems than that, problems come again.
            if (!distinct || seen.Add(problem.Id) || i > 20 * count)
            {
                problems.Add(problem);
            }
        }

        return problems;
    }
}
