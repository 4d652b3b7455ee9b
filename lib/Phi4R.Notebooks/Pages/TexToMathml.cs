using System.Net;
using System.Text;

namespace Phi4R.Notebooks.Pages;

/// <summary>
/// Formulas of TeX as MathML, which browsers draw without a script: the subset that our notebooks and most papers use.
/// </summary>
/// <remarks>A command outside the subset is shown as it is written, so that nothing is lost silently.</remarks>
internal sealed partial class TexToMathml
{
    /// <summary>Beyond it the formula is shown as it is written; none that a person reads comes near.</summary>
    private const int Deepest = 200;

    [ThreadStatic]
    private static int Depth; // of this thread, as a part may be converted on its own

    private readonly string _tex;
    private readonly bool _display;
    private int _at;

    private TexToMathml(string tex, bool display)
    {
        _tex = tex;
        _display = display;
    }

    /// <param name="display">On a line of its own.</param>
    public static string Convert(string tex, bool display)
    {
        string body;
        try
        {
            body = new TexToMathml(tex.Trim(), display).Rows(null);
        }
        catch (TooDeepException)
        {
            body = $"<mtext class=\"unknown\">{Escape(tex.Trim())}</mtext>";
        }

        return $"<math xmlns=\"http://www.w3.org/1998/Math/MathML\" display=\"{(display ? "block" : "inline")}\" "
            + $"title=\"{WebUtility.HtmlEncode(tex.Trim())}\">{body}</math>";
    }

    private bool Ended => _at >= _tex.Length;

    /// <summary>Everything up to a closing mark, which is taken; a table where it has rows.</summary>
    private string Rows(string? environment)
    {
        List<List<string>> rows = [[]];
        StringBuilder cell = new();
        while (true)
        {
            SkipSpaces();
            if (Ended || (environment is not null && TakeWord($"\\end{{{environment}}}")))
            {
                break;
            }

            if (environment is null && _tex[_at] == '}')
            {
                _at++;
            }
            else if (_tex[_at] == '&')
            {
                _at++;
                rows[^1].Add(Take(cell));
            }
            else if (TakeWord("\\\\"))
            {
                SkipOptional();
                rows[^1].Add(Take(cell));
                rows.Add([]);
            }
            else
            {
                cell.Append(Scripted());
            }
        }

        rows[^1].Add(Take(cell));
        if (rows[^1] is [""] && rows.Count > 1)
        {
            rows.RemoveAt(rows.Count - 1);
        }

        if (rows is [[var single]])
        {
            return $"<mrow>{single}</mrow>";
        }

        var aligned = environment is null or "aligned" or "align" or "align*" or "split" or "gathered";
        var left = environment is "cases" or "array";
        return $"<mtable displaystyle=\"{(aligned ? "true" : "false")}\" "
            + $"class=\"{(aligned ? "aligned" : left ? "left" : "matrix")}\">"
            + string.Concat(rows.Select(row => $"<mtr>{string.Concat(row.Select(item => $"<mtd>{item}</mtd>"))}</mtr>"))
            + "</mtable>";
    }

    /// <summary>One thing with its sub- and superscripts.</summary>
    private string Scripted()
    {
        var start = _at;
        var nucleus = _tex[_at] is '^' or '_' ? "<mrow></mrow>" : Atom();
        var name = NameOf(_tex[start.._at]);
        var limits = IsLimited(name);
        string? below = null;
        string? above = null;
        while (true)
        {
            SkipSpaces();
            if (TakeWord("\\limits"))
            {
                limits = true;
            }
            else if (TakeWord("\\nolimits"))
            {
                limits = false;
            }
            else if (!Ended && _tex[_at] == '_' && below is null)
            {
                _at++;
                below = Argument();
            }
            else if (!Ended && _tex[_at] == '^' && above is null)
            {
                _at++;
                above = Argument();
            }
            else if (!Ended && _tex[_at] == '\'' && above is null)
            {
                var primes = 0;
                for (; !Ended && _tex[_at] == '\''; _at++)
                {
                    primes++;
                }

                above = $"<mo>{new string('′', primes)}</mo>";
            }
            else
            {
                break;
            }
        }

        var stacked = limits && _display;
        var whole = (below, above) switch
        {
            (null, null) => nucleus,
            (not null, null) => Element(stacked ? "munder" : "msub", nucleus, below),
            (null, not null) => Element(stacked ? "mover" : "msup", nucleus, above),
            _ => Element(stacked ? "munderover" : "msubsup", nucleus, below, above),
        };
        return IsFunction(name)
            ? (IsOperand(Before(start)) ? Space("0.17") : "") + whole
                + (!Ended && IsOperand(_tex[_at]) ? Space("0.17") : "")
            : whole;
    }

    /// <summary>The command that an atom is; empty for one that is none.</summary>
    private static string NameOf(string source) => source.StartsWith('\\') ? source[1..].Split('{', '_', ' ')[0] : "";

    private static bool IsLimited(string name) =>
        TexSymbols.Large.ContainsKey(name) || TexSymbols.LimitFunctions.Contains(name)
        || name is "underbrace" or "overbrace" or "underset" or "overset" or "operatorname*";

    private static bool IsFunction(string name) => TexSymbols.Functions.Contains(name)
        || TexSymbols.LimitFunctions.Contains(name) || name.StartsWith("operatorname", StringComparison.Ordinal);

    private static bool IsOperand(char letter) =>
        char.IsLetterOrDigit(letter) || letter is '\\' or '}' or ')' or ']' or '|';

    /// <summary>The last mark before a place; a space at the start.</summary>
    private char Before(int place) => _tex[..place].TrimEnd() is [.., var last] ? last : ' ';

    /// <summary>A group in braces, a command or one character.</summary>
    private string Argument()
    {
        SkipSpaces();
        return Ended ? "<mrow></mrow>" : Atom();
    }

    private string Atom()
    {
        if (Depth == Deepest)
        {
            throw new TooDeepException();
        }

        Depth++;
        try
        {
            return AtomWithin();
        }
        finally
        {
            Depth--;
        }
    }

    private string AtomWithin()
    {
        var letter = _tex[_at];
        if (letter == '{')
        {
            return Group();
        }

        if (letter == '\\')
        {
            return Command();
        }

        if (char.IsAsciiDigit(letter))
        {
            var start = _at;
            while (!Ended
                && (char.IsAsciiDigit(_tex[_at])
                    || (_tex[_at] is '.' or ',' && _at + 1 < _tex.Length && char.IsAsciiDigit(_tex[_at + 1]))))
            {
                _at++;
            }

            return $"<mn>{_tex[start.._at]}</mn>";
        }

        var isSign = letter is ('-' or '+')
            && Before(_at) is (' ' or '=' or '(' or '[' or '{' or ',' or '<' or '>' or '&' or '|');
        _at++;
        return letter switch
        {
            '~' => Space("0.33"),
            '-' or '+' => $"<mo{(isSign ? " form=\"prefix\"" : "")}>{(letter == '-' ? '−' : '+')}</mo>",
            '*' => "<mo>∗</mo>",
            '|' => "<mo fence=\"false\" stretchy=\"false\">|</mo>",
            _ when char.IsLetter(letter) => $"<mi>{letter}</mi>",
            '(' or ')' or '[' or ']' => $"<mo stretchy=\"false\">{letter}</mo>",
            _ => $"<mo>{Escape(letter.ToString())}</mo>",
        };
    }

    private string Group()
    {
        _at++;
        StringBuilder inside = new();
        while (true)
        {
            SkipSpaces();
            if (Ended || _tex[_at] == '}')
            {
                _at = Math.Min(_at + 1, _tex.Length);
                return $"<mrow>{inside}</mrow>";
            }

            inside.Append(Scripted());
        }
    }

    private static string Element(string name, params IEnumerable<string> children) =>
        $"<{name}>{string.Concat(children)}</{name}>";

    private static string Space(string em) => $"<mspace width=\"{em}em\"/>";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Take(StringBuilder text)
    {
        var taken = text.ToString();
        text.Clear();
        return taken;
    }

    private void SkipSpaces()
    {
        while (!Ended && (char.IsWhiteSpace(_tex[_at]) || _tex[_at] == '%'))
        {
            _at = _tex[_at] == '%' && _tex.IndexOf('\n', _at) is var end ? (end < 0 ? _tex.Length : end + 1) : _at + 1;
        }
    }

    private void SkipOptional()
    {
        if (!Ended && _tex[_at] == '[' && _tex.IndexOf(']', _at) is var end and >= 0)
        {
            _at = end + 1;
        }
    }

    private bool TakeWord(string word)
    {
        var follows = _tex.AsSpan(Math.Min(_at, _tex.Length)).StartsWith(word, StringComparison.Ordinal)
            && !(char.IsAsciiLetter(word[^1]) && _at + word.Length < _tex.Length
                && char.IsAsciiLetter(_tex[_at + word.Length]));
        _at += follows ? word.Length : 0;
        return follows;
    }

    /// <summary>A formula nested beyond <see cref="Deepest"/>.</summary>
    private sealed class TooDeepException : Exception;
}
