using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>The problems of an evaluation beside its completions, so that its folder says all by itself.</summary>
internal static class AskedProblems
{
    private static readonly JsonSerializerOptions Written = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(string folder, IReadOnlyList<AskedBenchmark> benchmarks) =>
        AtomicFile.Write(Path.Combine(folder, EvaluationFolder.ProblemsFile), stream =>
        {
            foreach (var benchmark in benchmarks)
            {
                foreach (var problem in benchmark.Problems)
                {
                    var line = JsonSerializer.Serialize(new AskedProblem
                    {
                        Benchmark = benchmark.Name,
                        Id = problem.Id,
                        Question = problem.Question,
                        Answer = problem.Answer,
                        Choices = problem.Choices,
                        Domain = problem.Domain,
                        Level = problem.Level,
                    }, Written);
                    stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
                }
            }
        });

    /// <summary>The benchmarks of a folder with their problems.</summary>
    /// <exception cref="InvalidDataException">A line is no problem; the message names it.</exception>
    public static IReadOnlyList<AskedBenchmark> Read(string folder, IReadOnlyList<AskedBenchmark> benchmarks)
    {
        var path = Path.Combine(folder, EvaluationFolder.ProblemsFile);
        var problems = TextLines.Read(path).Select((line, i) => Parse(line, $"{path}, line {i + 1}"))
            .ToLookup(asked => asked.Benchmark, asked => new Problem
            {
                Id = asked.Id,
                Question = asked.Question,
                Answer = asked.Answer,
                Choices = asked.Choices,
                Domain = asked.Domain,
                Level = asked.Level,
            });
        return [.. benchmarks.Select(benchmark => benchmark with { Problems = [.. problems[benchmark.Name]] })];
    }

    private static AskedProblem Parse(string line, string where)
    {
        try
        {
            return JsonSerializer.Deserialize<AskedProblem>(line, Written) ?? throw new JsonException("null.");
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException($"{where} is no problem of an evaluation: {problem.Message}", problem);
        }
    }
}
