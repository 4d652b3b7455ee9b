using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>What a response says behind its box or its stated answer.</summary>
public static partial class AnswerExtraction
{
    // A later word than the last box: "the final answer is", or a correction.
    private static Extracted? Behind(string text, int end, AnswerForms forms) =>
        Last(FinalAnswerIs(), text) is { } later && later.Index >= end
            && FromPhrase(text, later, forms, "final answer is") is { } final
            && (final.Answer is null || !later.Value.Contains(':') || final.Answer.Any(char.IsAsciiDigit)) ? final
        : Corrected(text, end, forms);

    private static Extracted? Corrected(string text, int end, AnswerForms forms) =>
        Afterwards.Correction(text, end) is >= 0 and var turn
            ? ByPhrase(text[turn..], forms) ?? ByForm(text[turn..], forms)
                ?? new Extracted(null, "The answer is taken back: no answer.")
            : null;

    [GeneratedRegex(@"(?:final answer(?: is|(?=\**\s*:))|(?:correct|right) answer (?:is|should be)"
        + @"(?: therefore| thus| then| hence)?)\s*\**\s*:?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FinalAnswerIs();
}
