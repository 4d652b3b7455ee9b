using System.Globalization;
using System.Text;

namespace Phi4R.Evaluation;

/// <summary>What single choices of the recipe are worth.</summary>
public sealed record AblationTable(IReadOnlyList<AblationTable.Row> Rows)
{
    /// <summary>One choice of the recipe, and what leaving it off changes.</summary>
    /// <param name="Choice">What was left out or done otherwise.</param>
    /// <param name="Without">pass@1 over all problems so.</param>
    /// <param name="With">pass@1 of the recipe's own model.</param>
    /// <param name="Difference">Without less with, paired on the problems.</param>
    public sealed record Row(string Choice, Estimate Without, Estimate With, Estimate Difference)
    {
        /// <summary>Compares the models of a recipe without and with a choice.</summary>
        public static Row Of(string choice, ModelResults without, ModelResults with) =>
            new(choice, without.Pooled, with.Pooled, without.GainOver(with));
    }

    /// <summary>The table in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder("| ablation | pass@1 so | of the recipe | difference, 95 % interval |\n| --- | "
            + "--- | --- | --- |\n");
        foreach (var row in Rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Choice} | {100 * row.Without.Mean:0.0} ± "
                + $"{100 * row.Without.StandardError:0.0} | {100 * row.With.Mean:0.0} ± "
                + $"{100 * row.With.StandardError:0.0} | "
                + $"{100 * row.Difference.Mean:+0.0;-0.0} [{100 * row.Difference.Low:+0.0;-0.0}, "
                + $"{100 * row.Difference.High:+0.0;-0.0}] |");
        }

        return text.ToString();
    }
}
