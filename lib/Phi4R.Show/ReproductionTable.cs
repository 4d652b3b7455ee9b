using System.Globalization;
using Phi4R.Evaluation;
using Phi4R.Recipes;

namespace Phi4R.Show;

/// <summary>
/// A published table beside what was measured here: of each number the paper's, the group's own later one, ours with
/// its interval, and what they say of each other.
/// </summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class ReproductionTable : IFigure
{
    /// <summary>The largest difference that does not matter, unless said otherwise: about the paper's claim.</summary>
    public const double DefaultMargin = 0.03;

    private static readonly string[] Columns =
        ["model", "benchmark", "paper", "re-measured by its group", "measured here [95 %]", "verdict"];

    private readonly PaperTable _published;
    private readonly Table _table;

    private ReproductionTable(PaperTable published, Table table) => (_published, _table) = (published, table);

    public string AltText => _table.AltText;

    /// <summary>Sets evaluations beside a published table.</summary>
    /// <param name="measured">Each evaluation, with the row that it belongs to, or null for that of its model.</param>
    /// <param name="margin">The largest difference that does not matter, as a share.</param>
    /// <exception cref="ArgumentException">
    /// An evaluation belongs to no row, or two to one; the message names it and the rows that there are.
    /// </exception>
    public static ReproductionTable Of(PaperTable published,
        IReadOnlyList<(string? Row, EvaluationFolder Folder)> measured, double margin = DefaultMargin)
    {
        Dictionary<PaperRow, EvaluationFolder> found = new(ReferenceEqualityComparer.Instance);
        foreach (var (name, folder) in measured)
        {
            var row = PaperTables.Find(published, name ?? folder.Model) ?? throw new ArgumentException(
                $"'{name ?? folder.Model}' of {folder.Path} is no row of the table '{published.Name}'; there are "
                    + $"{string.Join(", ", published.Rows.Select(known => known.Name))}. Say which by --row NAME=DIR.");
            if (!found.TryAdd(row, folder))
            {
                throw new ArgumentException($"{found[row].Path} and {folder.Path} both belong to the row "
                    + $"'{row.Name}' of the table '{published.Name}'; give one of them.");
            }
        }

        var rows = published.Rows.SelectMany(row => Lines(row, found.GetValueOrDefault(row), margin)).ToList();
        return new ReproductionTable(published,
            Table.Of(published.Title, Columns, rows, Note(published, found.Count, margin)));
    }

    public string ToHtml() => _table.ToHtml();

    /// <summary>The table in Markdown, its title above it.</summary>
    public string ToMarkdown() => $"## {_published.Title}\n\n{_table.ToMarkdown()}";

    private static IEnumerable<IReadOnlyList<object?>> Lines(PaperRow row, EvaluationFolder? folder, double margin)
    {
        foreach (var (name, (title, problems)) in PaperTables.Benchmarks)
        {
            var result = folder?.Benchmarks.FirstOrDefault(one => PaperTables.Benchmark(one.Benchmark) == name);
            var (paper, later) = (row.Paper.GetValueOrDefault(name), row.Remeasured.GetValueOrDefault(name));
            if (paper is null && (later is null || result is null))
            {
                continue;
            }

            yield return
            [
                row.Name, title, Percent(paper), Percent(later),
                result is null ? "–" : Measured(result, problems),
                result is null ? Unmeasured(folder, name) : string.Join("; ",
                    new[] { (Share: paper, Name: "the paper"), (Share: later, Name: "the re-measurement") }
                        .Where(reference => reference.Share is not null)
                        .Select(reference => Verdict(reference.Share!, reference.Name, result, problems, margin))),
            ];
        }
    }

    private static string Unmeasured(EvaluationFolder? folder, string name) =>
        folder?.Unanswered.Any(own => own.Value.Count > 0 && PaperTables.Benchmark(own.Key) == name) == true
            ? "no completion could be had"
            : "not measured";

    private static string Percent(PublishedShare? share) => share is null
        ? ""
        : (100 * share.Share).ToString($"F{share.Decimals}", CultureInfo.InvariantCulture);

    // On the whole benchmark the interval is over answers, since the published number is of the same problems.
    private static string Measured(BenchmarkResult result, int problems)
    {
        if (result.Problems.Count < 2)
        {
            return "1 problem alone";
        }

        var estimate = result.Accuracy;
        var (low, high) = result.Problems.Count >= problems && estimate.OverAnswers is { } own
            ? own
            : (estimate.Low, estimate.High);
        var failed = result.Problems.Sum(problem => problem.Failed);
        return string.Create(CultureInfo.InvariantCulture, $"{100 * estimate.Mean:0.0} [{100 * low:0.0}, "
            + $"{100 * high:0.0}], {Samples(result)}")
            + (result.Problems.Count < problems ? $", {result.Problems.Count} of {problems} problems" : "")
            + (failed > 0 ? $", {failed} failed" : "");
    }

    private static string Samples(BenchmarkResult result) =>
        result.AnswersPerProblem is { } count ? Counted(count)
        : $"{result.Problems.Min(problem => problem.Answers)} to {result.Problems.Max(problem => problem.Answers)} "
            + "samples";

    private static string Counted(int samples) => samples == 1 ? "1 sample" : $"{samples:N0} samples";

    private static string Verdict(
        PublishedShare published, string name, BenchmarkResult result, int problems, double margin)
    {
        if (result.Problems.Count < 2)
        {
            return $"cannot be decided against {name}: an interval needs two problems or more";
        }

        var found = Reproduction.Of(published, result, problems, margin);
        var difference = string.Create(CultureInfo.InvariantCulture,
            $"{100 * found.Difference:+0.0;-0.0;0.0} ± {100 * found.HalfInterval:0.0}");
        var part = result.Problems.Count < problems ? $" of all {problems} problems" : "";
        return found.Verdict switch
        {
            Agreement.Agrees => $"agrees with {name} ({difference})",
            Agreement.Differs => $"differs from {name} ({difference})",
            _ when found.SamplesNeeded is { } needed =>
                $"cannot be decided against {name} with {Samples(result)} ({difference}): {needed:N0}{part} would",
            _ => string.Create(CultureInfo.InvariantCulture, $"cannot be decided against {name} ({difference}): its "
                + $"own number, of perhaps {Counted(published.FewestSamples(problems))}, is unsure by "
                + $"{100 * found.PublishedHalf:0.0}"),
        };
    }

    private static string Note(PaperTable published, int measured, double margin) => string.Create(
        CultureInfo.InvariantCulture, $"{measured} of {published.Rows.Count} rows measured. Paper: {published.Source}. "
            + $"Re-measured: {PaperTables.RemeasuredSource}. The paper does not say of how many completions its "
            + $"numbers are means: the fewest that can give the printed digits are taken. A difference of up to "
            + $"{100 * margin:0.#} points counts as agreement; each verdict is at 95 %, so of twenty that agree about "
            + $"one will differ by chance.");
}
