using System.Globalization;
using System.Text;
using Phi4R.Evaluation;

namespace Phi4R.Cli;

/// <summary>The results of an evaluation as a table in Markdown.</summary>
internal static class EvalTable
{
    public static string Of(EvaluationReport report)
    {
        var text = new StringBuilder("| benchmark | problems x samples | pass@1 | 95 % over problems | error over "
            + "problems | error over samples | maj | truncated | unverifiable | failed | tokens |\n"
            + "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var row in report.Benchmarks)
        {
            // Where nothing came, nothing is known.
            var (pass1, interval) = row.Failed < 1
                ? (Points(row.Pass1), $"{Points(row.Interval[0])} to {Points(row.Interval[1])}")
                : ("-", "-");
            text.Append(CultureInfo.InvariantCulture, $"\n| {row.Name} | {row.Problems} x {row.Samples} | "
                + $"{pass1} | {interval} | "
                + $"{Points(row.ErrorOverProblems)} | {Points(row.ErrorOverSamples)} | {Points(row.Majority)} | "
                + $"{Points(row.Truncated)} % | {Points(row.Unverifiable)} % | {Points(row.Failed)} % | "
                + $"{row.MeanTokens:N0} |");
        }

        return text.ToString();
    }

    private static string Points(double? share) =>
        share is { } known ? (100 * known).ToString("0.0", CultureInfo.InvariantCulture) : "-";
}
