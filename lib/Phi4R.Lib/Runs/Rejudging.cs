using System.Text;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>A completion whose verdict is another now.</summary>
/// <param name="Now">The completion with its new verdict.</param>
/// <param name="Before">The verdict that it had.</param>
public sealed record ChangedVerdict(EvaluatedCompletion Now, string Before);

/// <summary>What judging again gave.</summary>
/// <param name="Report">The results, which are written.</param>
/// <param name="Changed">The completions whose verdict is another now.</param>
/// <param name="Judged">How many completions were judged.</param>
/// <param name="Dropped">Lines that were no completions of this evaluation, or there twice.</param>
public sealed record Rejudged(
    EvaluationReport Report, IReadOnlyList<ChangedVerdict> Changed, int Judged, int Dropped);

/// <summary>Judges the kept completions of an evaluation again, without asking any model.</summary>
public static class Rejudging
{
    private const int Together = 2048;

    /// <summary>
    /// Judges every completion of a folder on all processors and writes completions and results anew, each as a whole.
    /// </summary>
    /// <exception cref="InvalidDataException">The folder holds no evaluation.</exception>
    /// <exception cref="IOException">Another process works there, or the disk cannot be written.</exception>
    public static Rejudged Run(string folder, CancellationToken cancel = default)
    {
        var path = Path.Combine(folder, EvaluationFolder.CompletionsFile);
        if (EvaluationSettings.Find(folder) is not { } settings || !File.Exists(path))
        {
            throw new InvalidDataException($"{folder} holds no {EvaluationSettings.FileName} with "
                + $"{EvaluationFolder.CompletionsFile}; expected was a folder that phi4r eval wrote.");
        }

        using var alone = new CompletionsFile(folder);
        settings = settings with
        {
            Verifier = RoomCode.Verifier,
            Benchmarks = AskedProblems.Read(folder, settings.Benchmarks),
        };
        var scores = settings.Benchmarks.Select(benchmark => new EvaluationScores(benchmark)).ToList();
        var places = Places(settings);
        List<ChangedVerdict> changed = [];
        HashSet<(int Benchmark, int Place, int Sample)> seen = [];
        var (judged, dropped) = (0, 0);
        AtomicFile.Write(path, stream =>
        {
            foreach (var lines in TextLines.Read(path).Chunk(Together))
            {
                var again = new Again?[lines.Length];
                Parallel.For(0, lines.Length, new ParallelOptions { CancellationToken = cancel },
                    i => again[i] = Judge(lines[i], settings, places));
                foreach (var one in again)
                {
                    if (one is not (var b, var place, var before, var now)
                        || (now.Verdict != EvaluatedCompletion.Failed && !seen.Add((b, place, now.Sample))))
                    {
                        dropped++;
                        continue;
                    }

                    judged += now.Verdict == EvaluatedCompletion.Failed ? 0 : 1;
                    scores[b].Add(place, now);
                    stream.Write(Encoding.UTF8.GetBytes(CompletionsFile.Line(now)));
                    if (before != now.Verdict)
                    {
                        changed.Add(new(now, before));
                    }
                }
            }
        });
        settings.Write(folder);
        var report = EvaluationResults.Of(settings, scores);
        EvaluationResults.Write(folder, report);
        return new(report, changed, judged, dropped);
    }

    private static Again? Judge(
        string line, EvaluationSettings settings, Dictionary<(string, string), (int Benchmark, int Place)> places)
    {
        if (CompletionsFile.Parse(line) is not { } completion
            || !places.TryGetValue((completion.Benchmark, completion.Problem), out var slot))
        {
            return null;
        }

        var problem = settings.Benchmarks[slot.Benchmark].Asked(
            slot.Place, completion.Sample, settings.ShufflesEachSample, settings.Seed);
        var finish = completion.FinishReason == "length" ? FinishReason.Length : FinishReason.Stop;
        return new(slot.Benchmark, slot.Place, completion.Verdict, completion.Verdict == EvaluatedCompletion.Failed
            ? completion
            : EvaluationResults.Judged(completion, problem, finish));
    }

    private static Dictionary<(string, string), (int Benchmark, int Place)> Places(EvaluationSettings settings) =>
        settings.Benchmarks.SelectMany((benchmark, b) => benchmark.Problems.Select((problem, place) =>
            KeyValuePair.Create((benchmark.Name, problem.Id), (b, place)))).ToDictionary();

    private sealed record Again(int Benchmark, int Place, string Before, EvaluatedCompletion Now);
}
