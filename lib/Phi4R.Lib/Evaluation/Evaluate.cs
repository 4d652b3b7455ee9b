using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Maths;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Text;

namespace Phi4R.Evaluation;

/// <summary>Asks a model the problems of a benchmark and has its answers verified.</summary>
public static class Evaluate
{
    /// <summary>Draws and verifies answers to every problem.</summary>
    /// <param name="journal">Keeps answers as they are finished, and has those that were finished before a stop.</param>
    /// <param name="progress">Told how many answers are drawn.</param>
    public static BenchmarkResult Run(
        LanguageModel model,
        ITokenizer tokenizer,
        ProblemSet benchmark,
        Verifier verify,
        EvaluationConfig config,
        SampleJournal? journal = null,
        IProgress<int>? progress = null,
        CancellationToken cancel = default)
    {
        cancel = cancel.OrHosts();
        var chat = new ChatFormat(tokenizer);
        var requests = benchmark.Problems.Select((problem, i) => new SampleRequest(
            chat.Prompt(problem.Question),
            [.. Enumerable.Range(0, config.AnswersTo(benchmark.Name)).Select(j => Randomness.For(config.Seed, $"evaluation on {benchmark.Name}", i, j))])).ToList();
        var drawn = Sampler.Draw(model, requests, config.Sampling, tokenizer.StopIds, journal, progress, cancel);
        return new BenchmarkResult(benchmark.Name, [.. benchmark.Problems.Select((problem, i) => Result(problem, drawn[i]))]);

        ProblemResult Result(Problem problem, Sample[] samples)
        {
            cancel.ThrowIfCancellationRequested();
            var texts = samples.Select(sample => tokenizer.Decode(sample.Tokens)).ToList();
            var outcomes = samples.Select((sample, j) => sample.Cut ? Outcome.Incorrect : verify(problem, texts[j]).Outcome).ToList();
            return new ProblemResult(
                problem.Id, problem.Domain, problem.Level, samples.Length,
                outcomes.Count(outcome => outcome == Outcome.Correct),
                samples.Count(sample => sample.Cut),
                outcomes.Count(outcome => outcome == Outcome.Unverifiable),
                samples.Sum(sample => sample.Tokens.Length),
                texts[0]);
        }
    }
}
