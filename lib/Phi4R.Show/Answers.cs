using System.Net;
using System.Text;

namespace Phi4R.Show;

/// <summary>Answers of several models to one question, side by side, with what the verifier said.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Answers : IFigure
{
    private readonly string _question;
    private readonly string _reference;
    private readonly IReadOnlyList<(string Model, string Text, bool Right)> _answers;

    private Answers(string question, string reference, IReadOnlyList<(string, string, bool)> answers) => (_question, _reference, _answers) = (question, reference, answers);

    public string AltText => $"Answers to '{_question}': " + string.Join(", ", _answers.Select(answer => $"{answer.Model} {(answer.Right ? "right" : "wrong")}")) + ".";

    /// <summary>One question and its answers.</summary>
    public static Answers SideBySide(string question, string reference, IReadOnlyList<(string Model, string Text, bool Right)> answers) => new(question, reference, answers);

    public string ToHtml()
    {
        var html = new StringBuilder($"<table><caption><b>{Escaped(_question)}</b> &nbsp; reference: <b>{Escaped(_reference)}</b></caption><tbody>");
        foreach (var (model, text, right) in _answers)
        {
            html.Append($"<tr><th align=\"left\">{Escaped(model)}</th><td align=\"left\">{(right ? "&#10003; right" : "&#10007; wrong")}</td><td align=\"left\"><code>{Escaped(text)}</code></td></tr>");
        }

        return html.Append("</tbody></table>").ToString();
    }

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
