using System.Globalization;
using System.Text.RegularExpressions;

namespace Phi4R.Tasks.Pocket;

/// <summary>The steps of a pocket solution, such as <c>47+8=55;</c>.</summary>
public static partial class PocketSteps
{
    /// <summary>
    /// Whether a sum, difference or product in the text is false; a step of another kind is passed over.
    /// </summary>
    public static bool AnyFalse(string text) => Step().Matches(text).Any(step =>
    {
        var (left, right, result) = (Number(step, 1), Number(step, 3), Number(step, 4));
        return result != step.Groups[2].Value switch { "+" => left + right, "-" => left - right, _ => left * right };
    });

    private static long Number(Match step, int group) =>
        long.Parse(step.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![\d+*/-])(\d{1,9})([+*-])(\d{1,9})=(\d{1,9});")]
    private static partial Regex Step();
}
