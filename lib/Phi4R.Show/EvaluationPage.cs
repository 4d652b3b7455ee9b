using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Show;

/// <summary>
/// The page of an evaluation: one file that opens without a network, with the table, the pictures, and every completion
/// with its verdict and reason behind a fold. What a model wrote is shown as text and never obeyed.
/// </summary>
public static class EvaluationPage
{
    /// <summary>What the page of a folder is called.</summary>
    public const string FileName = "report.html";

    // Two pictures beside each other, in pixels each.
    private const int Side = 520;

    /// <summary>Writes the page of an evaluation into its folder.</summary>
    /// <returns>Where it lies.</returns>
    /// <exception cref="InvalidDataException">The folder holds no evaluation; the message says why.</exception>
    public static string Write(string folder)
    {
        var evaluation = EvaluationFolder.Read(folder);
        var path = Path.Combine(folder, FileName);
        WritePage(path, $"Evaluation of {evaluation.Model}", Summary(evaluation),
            new CompletionList([(evaluation, null)]));
        return path;
    }

    /// <summary>
    /// Writes a page of the problems that one of two models has right and the other has not, with all completions of
    /// both, to be searched: where a verdict is wrong it is mostly here.
    /// </summary>
    /// <exception cref="InvalidDataException">They were not asked the same; the message says what differs.</exception>
    public static void WriteDisagreements(EvaluationFolder before, EvaluationFolder after, string path)
    {
        var comparisons = EvaluationComparison.Of(before, after);
        var apart = comparisons.SelectMany(one => one.Fixed.Concat(one.Broken)
            .Select(problem => (one.Benchmark, problem))).ToHashSet();
        var table = Compared(comparisons, before.Model, after.Model);
        var picture = EvaluationCharts.PairedItems(comparisons, before.Model, after.Model);
        WritePage(path, $"Where {before.Model} and {after.Model} disagree",
            $"{table.ToHtml()}<p>{picture.ToHtml()}</p>", new CompletionList([(before, apart), (after, apart)]));
    }

    /// <summary>A comparison as a table: gain, interval, problems fixed and broken, and p.</summary>
    public static Table Compared(IReadOnlyList<BenchmarkComparison> comparisons, string first, string second) =>
        Table.Of($"{second} less {first}",
            ["benchmark", "problems", "gain [95 %], points", "fixed", "broken", "p", "p, Holm"],
            comparisons.Select(one => new object?[]
            {
                one.Benchmark, one.Problems, one.Gain.InPoints, one.Fixed.Count, one.Broken.Count,
                Probability(one.PValue), Probability(one.AdjustedPValue),
            }),
            "Fixed: more than half of the completions are right in the second and not in the first; broken: the other "
                + "way round. p: all flips of signs of the problems' differences, which with one completion a problem "
                + "is McNemar's exact test."
                + (comparisons.Sum(one => one.LeftOut) is > 0 and var left
                    ? $" {left} problems are left out, since one of the models gave no completion at all."
                    : ""));

    /// <summary>The results of an evaluation as a table: a row for each benchmark.</summary>
    public static Table Measured(EvaluationFolder evaluation)
    {
        string[] columns =
        [
            "benchmark", "problems", "samples", "pass@1 %", "95 % over problems", "95 % over samples",
            "maj@n %", "truncated %", "unverifiable %", "failed %", "mean tokens",
        ];
        var unanswered = evaluation.Unanswered.Values.Sum(problems => problems.Count);
        var note = (evaluation.Report is { Complete: true } ? "" : "Not every completion that was asked for is there. ")
            + (unanswered > 0 ? $"{unanswered} problems have no completion at all and are in no number. " : "")
            + (evaluation.Replaced > 0 ? $"{evaluation.Replaced} completions were asked for again. " : "")
            + "Over problems: would it hold on other problems of the kind? Over samples: would this benchmark give it "
            + "again? Failed completions are in no other number; truncated and unverifiable ones count as wrong.";
        return Table.Of($"{evaluation.Model}", columns, evaluation.Benchmarks.Select(Row), note);

        static IReadOnlyList<object?> Row(BenchmarkResult result)
        {
            var estimate = result.Problems.Count > 1 ? result.Accuracy : null;
            var failed = result.Problems.Sum(problem => (double)problem.Failed);
            var all = failed + result.Problems.Sum(problem => (double)problem.Answers);
            return
            [
                result.Benchmark, result.Problems.Count,
                result.AnswersPerProblem?.ToString(CultureInfo.InvariantCulture)
                    ?? $"{result.Problems.Min(one => one.Answers)} to {result.Problems.Max(one => one.Answers)}",
                Percent(result.Scores.Average()),
                Interval(estimate is null ? null : (estimate.Low, estimate.High)), Interval(estimate?.OverAnswers),
                result.Majority is { } share ? Percent(share) : "", Percent(result.TruncatedShare),
                Percent(result.UnverifiableShare), Percent(failed / all), Math.Round(result.MeanTokens, 1),
            ];
        }
    }

    private static string Probability(double p) => p < 1e-4
        ? p.ToString("0.0e-0", CultureInfo.InvariantCulture)
        : p.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Summary(EvaluationFolder evaluation)
    {
        var html = new StringBuilder(Measured(evaluation).ToHtml());
        html.Append("<p>").AppendJoin(' ', Charts(evaluation).Select(chart => chart.ToHtml())).Append("</p>");
        html.Append(EvaluationCharts.LengthByVerdict(evaluation).ToHtml());
        if (evaluation.Report is { } report)
        {
            html.Append(Table.Of("How it was asked", ["", ""],
                [
                    ["answered by", report.Engine],
                    .. report.Protocol.Select(pair => new object?[] { pair.Key, pair.Value }),
                ]).ToHtml());
        }

        return html.ToString();
    }

    private static IEnumerable<Chart> Charts(EvaluationFolder evaluation)
    {
        yield return EvaluationCharts.AccuracyAgainstLength(evaluation, Side);
        if (evaluation.Benchmarks.Any(result => result.Problems.All(problem => problem.Answers > 1)))
        {
            yield return EvaluationCharts.PassAtKCurves(evaluation, Side);
        }
    }

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Interval((double Low, double High)? ends) => ends is { } known
        ? $"{Percent(known.Low)} to {Percent(known.High)}"
        : "";

    private static void WritePage(string path, string title, string summary, CompletionList list) =>
        AtomicFile.Write(path, stream =>
        {
            // Only this page's own script runs, whatever stands in the texts.
            Text(stream, $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                + "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; script-src "
                + $"'{Hash(EvaluationPageParts.Script)}'; style-src '{Hash(EvaluationPageParts.Style)}'; base-uri "
                + "'none'; form-action 'none'\"><meta name=\"viewport\" content=\"width=device-width\"><title>"
                + $"{Markup.Escaped(title)}</title><style>{EvaluationPageParts.Style}</style></head><body><h1>"
                + $"{Markup.Escaped(title)}</h1>{summary}{EvaluationPageParts.Controls(list)}<script "
                + "type=\"application/json\" id=\"data\">");
            list.WriteJson(stream);
            Text(stream, $"</script><script>{EvaluationPageParts.Script}</script></body></html>\n");
        });

    private static void Text(Stream stream, string text) => stream.Write(Encoding.UTF8.GetBytes(text));

    private static string Hash(string text) =>
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
}
