namespace Phi4R.Show;

/// <summary>A box beside the text: what can go wrong, or an exercise with its solution folded away.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Callout : IFigure
{
    private readonly string _html;

    private Callout(string html, string altText) => (_html, AltText) = (html, altText);

    public string AltText { get; }

    /// <summary>A fault that is easily made, and how a reader catches it.</summary>
    public static Callout CanGoWrong(string fault, string why, string howToCatch) => new(
        $"<blockquote style=\"margin:8px 0;padding:8px 14px;border-left:4px solid {Palette.Of(4).Light};{Markup.Tint(4, 0.12)}\">"
        + $"<b>&#9888; What can go wrong: {Markup.Escaped(fault)}</b><br/>{Markup.Lines(why)}<br/><b>Catch it:</b> {Markup.Lines(howToCatch)}</blockquote>",
        $"What can go wrong: {fault}. {why} Catch it: {howToCatch}");

    /// <summary>A question whose answer is shown when a reader asks for it.</summary>
    public static Callout Exercise(int number, string question, string solution) => new(
        $"<blockquote style=\"margin:8px 0;padding:8px 14px;border-left:4px solid {Palette.Of(0).Light};{Markup.Tint(0, 0.10)}\">"
        + $"<b>Exercise {number}.</b> {Markup.Lines(question)}<details><summary>Solution</summary>{Markup.Lines(solution)}</details></blockquote>",
        $"Exercise {number}. {question} Solution: {solution}");

    public string ToHtml() => _html;
}
