using System.Globalization;
using System.Text;

namespace Phi4R.Show;

/// <summary>Answers of several models to one question, side by side, with what the verifier said.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Answers : IFigure
{
    private const int Folded = 400;
    private const int Most = 20_000;

    private readonly string _question;
    private readonly string _reference;
    private readonly IReadOnlyList<(string Model, string Text, bool Right)> _answers;

    private Answers(string question, string reference, IReadOnlyList<(string, string, bool)> answers) =>
        (_question, _reference, _answers) = (question, reference, answers);

    public string AltText =>
        $"Answers to '{_question}'{(_reference.Length > 0 ? $", whose reference is {_reference}" : "")}: "
            + string.Join(", ", _answers.Select(answer => $"{answer.Model} {(answer.Right ? "right" : "wrong")}"))
            + ".";

    /// <summary>One question and its answers.</summary>
    /// <param name="reference">The right answer; empty where the question has none to show.</param>
    public static Answers SideBySide(string question, string reference,
        IReadOnlyList<(string Model, string Text, bool Right)> answers) => new(question, reference, answers);

    public string ToHtml()
    {
        var html =
            new StringBuilder(
                $"<table><caption><b>{Markup.Escaped(_question)}</b>{(_reference.Length > 0 ? " &#160; reference: "
                    + $"<b>{Markup.Escaped(_reference)}</b>" : "")}</caption>")
            .Append("<thead><tr><th align=\"left\">model</th><th align=\"left\">verdict</th><th "
                + "align=\"left\">answer</th></tr></thead><tbody>");
        foreach (var (model, text, right) in _answers)
        {
            html.Append($"<tr><th align=\"left\">{Markup.Escaped(model)}</th><td align=\"left\" "
                + $"style=\"white-space:nowrap;{Markup.Tint(right ? 2 : 1, 0.2)}\"><b>"
                + $"{(right ? "&#10003; right" : "&#10007; wrong")}</b></td>")
                .Append(CultureInfo.InvariantCulture, $"<td align=\"left\" "
                    + $"style=\"text-align:left\">{Answer(text)}</td></tr>");
        }

        return html.Append("</tbody></table>").ToString();
    }

    // Long answers are folded; what no page should hold is cut and counted.
    private static string Answer(string text)
    {
        if (text.Length <= Folded)
        {
            return $"<code>{(text.Length == 0 ? "(empty)" : Markup.Lines(text))}</code>";
        }

        var kept = text.Length <= Most ? text : text[..Most];
        return string.Create(CultureInfo.InvariantCulture,
            $"<details><summary><code>{Markup.Escaped(text[..120])}…</code> ({text.Length:N0} "
                + $"characters)</summary><code>{Markup.Lines(kept)}</code>")
            + (kept.Length < text.Length
                ? string.Create(CultureInfo.InvariantCulture, $" <small>{text.Length - kept.Length:N0} characters "
                    + $"more are not shown.</small>")
                : "") + "</details>";
    }
}
