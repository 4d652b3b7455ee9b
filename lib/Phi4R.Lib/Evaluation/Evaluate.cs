using Microsoft.Extensions.AI;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Text;
using Phi4R.Verification;

namespace Phi4R.Evaluation;

/// <summary>
/// Asks a model the problems of a benchmark, and has its answers verified: two steps, of which the second can be done
/// again alone.
/// </summary>
public static class Evaluate
{
    /// <summary>Draws and verifies answers to every problem.</summary>
    /// <param name="journal">
    /// Keeps answers as they are finished, and has those that were finished before a stop.
    /// </param>
    /// <param name="progress">Is called with how many answers are sampled.</param>
    /// <param name="generator">Who samples the answers; null: the engine of this process.</param>
    public static BenchmarkResult Run(
        LanguageModel model,
        ITokenizer tokenizer,
        ProblemSet benchmark,
        Verifier verify,
        EvaluationConfig config,
        CompletionJournal? journal = null,
        IProgress<int>? progress = null,
        IPolicyGenerator? generator = null,
        CancellationToken cancel = default) =>
        Judge(benchmark, Draw(model, tokenizer, benchmark, config, journal, progress, generator, cancel),
            verify).Result;

    /// <summary>Samples answers to every problem.</summary>
    /// <param name="journal">
    /// Keeps answers as they are finished, and has those that were finished before a stop.
    /// </param>
    /// <param name="progress">Is called with how many answers are sampled.</param>
    /// <param name="generator">Who samples the answers; null: the engine of this process.</param>
    /// <returns>Those of the first problem first, as many for each as the settings say.</returns>
    public static IReadOnlyList<EvaluationAnswer> Draw(
        LanguageModel model,
        ITokenizer tokenizer,
        ProblemSet benchmark,
        EvaluationConfig config,
        CompletionJournal? journal = null,
        IProgress<int>? progress = null,
        IPolicyGenerator? generator = null,
        CancellationToken cancel = default)
    {
        generator ??= new LocalGenerator();
        return Sampler.With(generator, model,
            () => Draw(generator, tokenizer, benchmark, config, journal, progress, cancel), cancel);
    }

    /// <summary>Asks a generator for answers to every problem, with whatever weights it has.</summary>
    /// <inheritdoc cref="Draw(LanguageModel, ITokenizer, ProblemSet, EvaluationConfig, CompletionJournal?, IProgress{int}?, IPolicyGenerator?, CancellationToken)"/>
    public static IReadOnlyList<EvaluationAnswer> Draw(
        IGenerator generator,
        ITokenizer tokenizer,
        ProblemSet benchmark,
        EvaluationConfig config,
        CompletionJournal? journal = null,
        IProgress<int>? progress = null,
        CancellationToken cancel = default)
    {
        var options = Options(benchmark, config, progress) with { Journal = journal };
        return Answers(benchmark,
            RolloutCollector.Sample(generator, tokenizer, benchmark.Problems, options, cancel));
    }

    /// <summary>Asks a chat client, such as another model's endpoint, for answers to every problem.</summary>
    /// <param name="calls">How patiently it is asked; null for the usual.</param>
    /// <param name="progress">Is called with how many answers there are.</param>
    /// <returns>Those of the first problem first, as many for each as the settings say.</returns>
    /// <exception cref="InvalidOperationException">Not one answer came; the message says why.</exception>
    public static IReadOnlyList<EvaluationAnswer> Draw(
        IChatClient client,
        ProblemSet benchmark,
        EvaluationConfig config,
        ChatSamplingOptions? calls = null,
        IProgress<int>? progress = null,
        CancellationToken cancel = default) => Answers(benchmark, RolloutCollector.Sample(
            client, benchmark.Problems, Options(benchmark, config, progress), calls, cancel));

    private static GroupOptions Options(ProblemSet benchmark, EvaluationConfig config, IProgress<int>? progress) =>
        new()
        {
            GroupSize = config.AnswersTo(benchmark.Name),
            Sampling = config.Sampling,
            Stream = (problem, answer) =>
                Randomness.For(config.Seed, $"evaluation on {benchmark.Name}", problem, answer),
            Progress = progress,
        };

    private static IReadOnlyList<EvaluationAnswer> Answers(
        ProblemSet benchmark, IReadOnlyList<SampledGroup> groups) =>
        [.. benchmark.Problems.SelectMany((problem, i) => groups[i].Completions.Select((completion, j) =>
            EvaluationAnswer.Of(benchmark, problem, j, completion)))];

    /// <summary>Verifies answers; a truncated one is wrong, whatever it says.</summary>
    /// <param name="answers">
    /// Of
    /// <see cref="Draw(IGenerator, ITokenizer, ProblemSet, EvaluationConfig, CompletionJournal?, IProgress{int}?, CancellationToken)"/>,
    /// those of other benchmarks not among them.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// They are not answers to the problems of the benchmark; the message names the first that is not.
    /// </exception>
    public static (BenchmarkResult Result, IReadOnlyList<EvaluationVerdict> Verdicts) Judge(
        ProblemSet benchmark, IReadOnlyList<EvaluationAnswer> answers, Verifier verify)
    {
        var each = answers.Count / Math.Max(1, benchmark.Problems.Count);
        if (each == 0 || each * benchmark.Problems.Count != answers.Count)
        {
            throw new InvalidDataException(
                $"There are {answers.Count} answers to the {benchmark.Problems.Count} problems of {benchmark.Name}; "
                    + "each must have as many as the others, and one at least.");
        }

        List<EvaluationVerdict> verdicts = [];
        List<ProblemResult> results = [];
        foreach (var (problem, own) in benchmark.Problems.Zip(answers.Chunk(each)))
        {
            var judged = own.Select((answer, number) => Verdict(problem, answer, number)).ToList();
            verdicts.AddRange(judged);
            results.Add(new ProblemResult
            {
                Id = problem.Id,
                Domain = problem.Domain,
                Level = problem.Level,
                Answers = each,
                Right = judged.Count(verdict => verdict.Outcome == Outcome.Correct),
                Truncated = own.Count(answer => answer.Finish == FinishReason.Length),
                Unverifiable = judged.Count(verdict => verdict.Outcome == Outcome.Unverifiable),
                Tokens = own.Sum(answer => (long)answer.Tokens),
                Example = own[0].Text
            });
        }

        return (new BenchmarkResult(benchmark.Name, results), verdicts);

        EvaluationVerdict Verdict(Problem problem, EvaluationAnswer answer, int number)
        {
            if ((answer.Benchmark, answer.Problem, answer.Number) != (benchmark.Name, problem.Id, number))
            {
                throw new InvalidDataException(
                    $"Answer {answer.Number} to problem '{answer.Problem}' of {answer.Benchmark} stands where "
                        + $"answer {number} to '{problem.Id}' of {benchmark.Name} is expected.");
            }

            var verdict = GradedCompletion.Of(problem, answer.ToCompletion(), verify).Verdict;
            return new EvaluationVerdict
            {
                Benchmark = benchmark.Name,
                Problem = problem.Id,
                Number = number,
                Outcome = verdict.Outcome,
                Reason =
                    verdict.Reason,
                Answer = verdict.Answer
            };
        }
    }
}
