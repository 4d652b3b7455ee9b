using System.Globalization;
using System.Text;
using Phi4R.Training;

namespace Phi4R.Show;

/// <summary>
/// A batch token by token: what is learned, where documents begin, what each token sees. Plain HTML, readable without
/// its styles.
/// </summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class TokenPicture : IFigure
{
    private const int MostFaults = 10;
    private const int PositionEvery = 16;

    private readonly TokenXray _xray;
    private readonly int _most;

    private TokenPicture(TokenXray xray, int most) => (_xray, _most) = (xray, most);

    public string AltText
    {
        get
        {
            var (learned, padding) = (_xray.Tokens.Count(token => token.InLoss),
                _xray.Tokens.Count(token => token.Padding));
            return string.Create(CultureInfo.InvariantCulture, $"A batch of {_xray.Rows} rows of {_xray.Length} "
                + $"tokens with {_xray.DocumentIds.Count} documents: {learned:N0} tokens in the loss, ")
                + string.Create(CultureInfo.InvariantCulture, $"{_xray.Tokens.Count - learned - padding:N0} read "
                + $"only, {padding:N0} padding. {Regime} ")
                + (_xray.Faults.Count == 0 ? "No fault was found." : $"{_xray.Faults.Count} faults: "
                + $"{string.Join(", ", _xray.Faults.CountBy(fault => fault.Kind)
                        .Select(kind => $"{kind.Key} {kind.Value}"))}.");
        }
    }

    private string Regime => _xray.Regime switch
    {
        RopeRegime.ShortFactors => "Rotations use the short list of factors.",
        RopeRegime.LongFactors => "Rotations use the long list of factors.",
        _ => "Rotations are not scaled.",
    };

    /// <summary>Draws a batch.</summary>
    /// <param name="most">Tokens that are sampled; a line under the picture counts those left out.</param>
    public static TokenPicture Of(TokenXray xray, int most = 800) => new(xray, most);

    public string ToHtml()
    {
        var html = new StringBuilder($"<div><p><b>{Markup.Escaped(AltText)}</b></p><p><small>");
        html.Append($"<b style=\"{Markup.Tint(2, 0.28)}\">bold on green</b> in the loss &#160; plain: read only "
            + "&#160; <i style=\"border:1px solid currentColor;border-radius:3px\">framed italics</i> control "
            + "token &#160; ")
            .Append($"<u style=\"{Markup.Tint(1, 0.45)}\">underlined on red</u> fault &#160; small raised numbers: "
                + "positions &#160; squares: who sees whom in a row</small></p>");
        foreach (var fault in _xray.Faults.Take(MostFaults))
        {
            html.Append(CultureInfo.InvariantCulture, $"<p><b>&#9888; {fault.Kind}</b>, row {fault.Row}, place "
                + $"{fault.Place}"
                + $"{(fault.DocumentId.Length > 0 ? $", document {Markup.Escaped(fault.DocumentId)}" : "")}: "
                + $"{Markup.Escaped(fault.Message)}</p>");
        }

        if (_xray.Faults.Count > MostFaults)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p>{_xray.Faults.Count - MostFaults:N0} more faults are not "
                + $"listed.</p>");
        }

        var faulty = _xray.Faults.Select(fault => (fault.Row, fault.Place)).ToHashSet();
        foreach (var row in _xray.Tokens.Take(_most).GroupBy(token => token.Row))
        {
            Row(html, [.. row], faulty);
        }

        if (_xray.Tokens.Count > _most)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p><small>{_xray.Tokens.Count - _most:N0} more tokens are "
                + $"not drawn.</small></p>");
        }

        return html.Append("</div>").ToString();
    }

    private static void Row(StringBuilder html, IReadOnlyList<XrayToken> tokens, HashSet<(int, int)> faulty)
    {
        html.Append(CultureInfo.InvariantCulture, $"<table style=\"width:100%\"><tbody><tr><td align=\"left\" "
            + $"style=\"vertical-align:top;width:110px\"><b>row {tokens[0].Row}</b><br/>{Attention(tokens)}</td><td "
            + $"align=\"left\" style=\"text-align:left\">");
        var start = 0;
        while (start < tokens.Count)
        {
            // A block: neighbors of one document that see from one place on.
            var end = start + 1;
            while (end < tokens.Count && tokens[end].Document == tokens[start].Document
                && (tokens[start].Padding || tokens[end].SeesFrom == tokens[start].SeesFrom))
            {
                end++;
            }

            Block(html, [.. tokens.Skip(start).Take(end - start)], faulty);
            start = end;
        }

        html.Append("</td></tr></tbody></table>");
    }

    private static void Block(StringBuilder html, IReadOnlyList<XrayToken> block, HashSet<(int Row, int Place)> faulty)
    {
        var (first, last) = (block[0], block[^1]);
        if (first.Padding && !block.Any(token => token.InLoss || faulty.Contains((token.Row, token.Place))))
        {
            html.Append(CultureInfo.InvariantCulture, $"<p><small>places {first.Place} to {last.Place}: "
                + $"{block.Count} tokens of padding</small></p>");
            return;
        }

        var color = first.Padding ? Palette.Faint : Palette.Of(first.Document);
        html.Append($"<div style=\"border-left:4px solid {color.Light};padding-left:8px;margin:4px 0\"><small>");
        html.Append(first.Padding
            ? "padding"
            : string.Create(CultureInfo.InvariantCulture, $"document {first.Document}"))
            .Append(CultureInfo.InvariantCulture, $", places {first.Place} to {last.Place}, positions "
                + $"{first.Position} to {last.Position}, sees from place {first.SeesFrom} on</small><br/>");
        foreach (var token in block)
        {
            Token(html, token, faulty.Contains((token.Row, token.Place)));
        }

        html.Append("</div>");
    }

    private static void Token(StringBuilder html, XrayToken token, bool faulty)
    {
        if (token.Position % PositionEvery == 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<sup style=\"opacity:.75\">{token.Position}</sup>");
        }

        var shown = token.Text.Length == 0
            ? "∅"
            : token.Text.Replace("\r", "␍", StringComparison.Ordinal).Replace("\n", "⏎", StringComparison.Ordinal)
                .Replace('\t', '⇥');
        shown = Markup.Escaped(shown.StartsWith(' ') ? "·" + shown[1..] : shown);
        shown = token.Special ? $"<i>{shown}</i>" : shown;
        shown = faulty ? $"<u>{shown}</u>" : shown;
        var style = (faulty ? Markup.Tint(1, 0.45) : token.InLoss ? Markup.Tint(2, 0.28) : "opacity:.8")
            + (token.Special ? ";border:1px solid currentColor" : "") + ";border-radius:3px;padding:0 1px";
        var title = string.Create(CultureInfo.InvariantCulture, $"place {token.Place}, id {token.Id}, ")
            + (token.Padding ? "padding" : string.Create(CultureInfo.InvariantCulture, $"document {token.Document}, "
            + $"position {token.Position}, sees from place {token.SeesFrom}"))
            + (token.Special ? ", control token" : "") + (token.InLoss ? ", in the loss" : ", not in the loss")
            + (faulty ? ", FAULT" : "");
        var tag = token.InLoss ? "b" : "span";
        html.Append($"<{tag} title=\"{title}\" style=\"{style}\">{shown}</{tag}>");

        // A zero-width space lets a long row break between any two tokens; a written line end breaks it.
        html.Append(token.Text.EndsWith('\n') ? "<br/>" : "&#8203;");
    }

    // The row's square of attention: down the places of the tokens that look, across those that are seen.
    private static string Attention(IReadOnlyList<XrayToken> tokens)
    {
        const int Side = 96;
        var picture = new Svg(Side + 8, Side + 8);
        var scale = Side / (double)tokens.Count;
        picture.Rectangle(4, 4, Side, Side, Palette.Panel);
        var start = 0;
        while (start < tokens.Count)
        {
            var end = start + 1;
            while (end < tokens.Count && tokens[end].Document == tokens[start].Document
                && tokens[end].SeesFrom == tokens[start].SeesFrom)
            {
                end++;
            }

            if (!tokens[start].Padding)
            {
                var from = tokens[start].SeesFrom - tokens[0].Place;
                (double X, double Y)[] corners = [(from, start), (start + 1, start), (end, end - 1), (end, end),
                    (from, end)];
                picture.Area(corners.Select(corner => (4 + (scale * corner.X), 4 + (scale * corner.Y))),
                    Palette.Of(tokens[start].Document));
            }

            start = end;
        }

        return picture.Image($"Attention of row {tokens[0].Row}: "
            + string.Join("; ", tokens.Where(token => !token.Padding).GroupBy(token => token.Document)
                .Select(document =>
                $"document {document.Key} sees places {document.Min(token => token.SeesFrom)} to "
                + $"{document.Max(token => token.Place)}")) + ".");
    }
}
