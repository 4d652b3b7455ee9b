using System.Text;

namespace Phi4R.Notebooks.Pages;

/// <summary>The commands: what follows a backslash.</summary>
internal sealed partial class TexToMathml
{
    // MathML drops white space at the ends of a text; TeX keeps it.
    private static string Held(string text) => string.Concat(
        text.StartsWith(' ') ? "\u00A0" : "", text.Trim(' '), text.EndsWith(' ') && text.Length > 1 ? "\u00A0" : "");

    private string Command()
    {
        _at++;
        if (Ended)
        {
            return "";
        }

        var name = CommandName();
        if (TexSymbols.Letters.TryGetValue(name, out var letter))
        {
            return char.IsUpper(letter[0]) ? $"<mi mathvariant=\"normal\">{letter}</mi>" : $"<mi>{letter}</mi>";
        }

        if (TexSymbols.Operators.TryGetValue(name, out var sign))
        {
            return $"<mo stretchy=\"false\">{Escape(sign)}</mo>";
        }

        if (TexSymbols.Large.TryGetValue(name, out var large))
        {
            return $"<mo largeop=\"true\" movablelimits=\"false\">{large}</mo>";
        }

        if (TexSymbols.Integrals.TryGetValue(name, out var integral))
        {
            return $"<mo largeop=\"true\">{integral}</mo>";
        }

        if (TexSymbols.Functions.Contains(name) || TexSymbols.LimitFunctions.Contains(name))
        {
            return $"<mi mathvariant=\"normal\">{name}</mi>";
        }

        if (TexSymbols.Spaces.TryGetValue(name, out var space))
        {
            return Space(space);
        }

        if (TexSymbols.Accents.TryGetValue(name, out var mark))
        {
            return $"<mover accent=\"true\">{Argument()}<mo "
                + $"stretchy=\""
                + $"{(name.StartsWith("wide", StringComparison.Ordinal)
                    || name.StartsWith("over", StringComparison.Ordinal) ? "true" : "false")}\">{mark}</mo></mover>";
        }

        return TexSymbols.Alphabets.TryGetValue(name, out var alphabet)
            ? Lettered(RawArgument(), alphabet)
            : Structure(name);
    }

    private string Structure(string name) => name switch
    {
        "frac" or "dfrac" or "tfrac" or "cfrac" => Element("mfrac", Argument(), Argument()),
        "binom" => $"<mrow><mo>(</mo><mfrac linethickness=\"0\">{Argument()}{Argument()}</mfrac><mo>)</mo></mrow>",
        "sqrt" => Root(),
        "left" => Fenced(),
        "right" or "middle" => $"<mo stretchy=\"true\">{Escape(Delimiter())}</mo>",
        "text" or "textrm" or "mbox" or "textnormal" => $"<mtext>{Escape(Held(RawArgument()))}</mtext>",
        "textbf" => $"<mtext class=\"bold\">{Escape(RawArgument())}</mtext>",
        "textit" or "emph" => $"<mtext class=\"italic\">{Escape(RawArgument())}</mtext>",
        "texttt" => $"<mtext class=\"code\">{Escape(RawArgument())}</mtext>",
        "operatorname" or "operatorname*" =>
            $"<mi mathvariant=\"normal\">"
                + $"{Escape(RawArgument().Replace("\\,", "\u2009", StringComparison.Ordinal))}</mi>",
        "underbrace" => $"<munder>{Argument()}<mo stretchy=\"true\">⏟</mo></munder>",
        "overbrace" => $"<mover>{Argument()}<mo stretchy=\"true\">⏞</mo></mover>",
        "underline" => $"<munder>{Argument()}<mo stretchy=\"true\">_</mo></munder>",
        "underset" => Swapped("munder"),
        "overset" or "stackrel" => Swapped("mover"),
        "boxed" or "fbox" => $"<mrow class=\"boxed\">{Argument()}</mrow>",
        "begin" => Environment(),
        "{" or "}" or "%" or "$" or "#" or "_" or "&" => $"<mo stretchy=\"false\">{Escape(name)}</mo>",
        "|" => "<mo stretchy=\"false\">‖</mo>",
        " " => Space("0.25"),
        "not" => Negated(),
        "big" or "Big" or "bigg" or "Bigg" or "bigl" or "bigr" or "Bigl" or "Bigr" or "biggl" or "biggr" or "bigm"
            or "Bigm" =>
            Sized(char.IsUpper(name[0]) ? "1.8em" : "1.3em"),
        "displaystyle" or "textstyle" or "scriptstyle" or "limits" or "nolimits" or "nonumber" or "notag" => "",
        "tag" => $"{Space("2")}<mtext>({Escape(RawArgument())})</mtext>",
        "label" => Nothing(RawArgument()),
        "color" => Nothing(RawArgument()),
        "bmod" or "mod" => "<mo>mod</mo>",
        "pmod" => $"<mrow><mo>(</mo><mi mathvariant=\"normal\">mod</mi>{Space("0.3")}{Argument()}<mo>)</mo></mrow>",
        _ => $"<mtext class=\"unknown\">\\{Escape(name)}</mtext>",
    };

    private string CommandName()
    {
        var start = _at;
        while (!Ended && char.IsAsciiLetter(_tex[_at]))
        {
            _at++;
        }

        if (_at == start)
        {
            _at++;
            return _tex[start].ToString();
        }

        if (_tex[start.._at] == "operatorname" && !Ended && _tex[_at] == '*')
        {
            _at++;
        }

        return _tex[start.._at];
    }

    private string Root()
    {
        SkipSpaces();
        if (!Ended && _tex[_at] == '[' && _tex.IndexOf(']', _at) is var end and > 0)
        {
            var degree = Convert(_tex[(_at + 1)..end]);
            _at = end + 1;
            return Element("mroot", Argument(), degree);
        }

        return Element("msqrt", Argument());

        static string Convert(string tex) => new TexToMathml(tex, display: false).Rows(null);
    }

    private string Fenced()
    {
        var open = Delimiter();
        StringBuilder inside = new();
        while (!Ended)
        {
            SkipSpaces();
            if (Ended)
            {
                break;
            }

            if (TakeWord("\\right"))
            {
                return $"<mrow>{Fence(open)}<mrow>{inside}</mrow>{Fence(Delimiter())}</mrow>";
            }

            inside.Append(Scripted());
        }

        return $"<mrow>{Fence(open)}{inside}</mrow>";

        static string Fence(string sign) =>
            sign.Length == 0 ? "" : $"<mo fence=\"true\" stretchy=\"true\">{Escape(sign)}</mo>";
    }

    private string Delimiter()
    {
        SkipSpaces();
        if (Ended)
        {
            return "";
        }

        if (_tex[_at] != '\\')
        {
            return _tex[_at++] is var sign and not '.' ? sign.ToString() : "";
        }

        _at++;
        var name = CommandName();
        return name == "|" ? "‖" : TexSymbols.Operators.GetValueOrDefault(name, name);
    }

    private string Sized(string size) =>
        $"<mo stretchy=\"true\" symmetric=\"true\" minsize=\"{size}\" maxsize=\"{size}\">{Escape(Delimiter())}</mo>";

    private string Environment()
    {
        var name = RawArgument();
        if (name == "array")
        {
            RawArgument();
        }

        var table = Rows(name);
        var (open, close) = name switch
        {
            "cases" => ("{", ""),
            "pmatrix" => ("(", ")"),
            "bmatrix" => ("[", "]"),
            "vmatrix" => ("|", "|"),
            _ => ("", ""),
        };
        return open.Length == 0 ? table
            : "<mrow><mo fence=\"true\" "
                + $"stretchy=\"true\">{open}</mo>{table}{(close.Length == 0 ? "" : "<mo fence=\"true\" "
                + $"stretchy=\"true\">{close}</mo>")}</mrow>";
    }

    private string Swapped(string element)
    {
        var mark = Argument();
        return Element(element, Argument(), mark);
    }

    private string Negated()
    {
        SkipSpaces();
        var what = Argument();
        return what.Replace("</mo>", "\u0338</mo>", StringComparison.Ordinal);
    }

    /// <summary>An alphabet by the Unicode letters themselves, as browsers no longer honor every mathvariant.</summary>
    private static string Lettered(string text, string alphabet)
    {
        if (text.Contains('\\', StringComparison.Ordinal) || text.Contains('^', StringComparison.Ordinal)
            || text.Contains('_', StringComparison.Ordinal))
        {
            return new TexToMathml(text, display: false).Rows(null);
        }

        return alphabet is "normal" or "italic"
            ? $"<mi mathvariant=\"{alphabet}\">{Escape(text)}</mi>"
            : $"<mi mathvariant=\"normal\">"
                + $"{string.Concat(text.Select(letter => MathLetters.Of(letter, alphabet)))}</mi>";
    }

    private string RawArgument()
    {
        SkipSpaces();
        if (Ended)
        {
            return "";
        }

        if (_tex[_at] != '{')
        {
            return _tex[_at] == '\\' ? Unparsed() : _tex[_at++].ToString();
        }

        var start = ++_at;
        for (var depth = 1; !Ended; _at++)
        {
            depth += _tex[_at] == '{' ? 1 : _tex[_at] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return _tex[start.._at++];
            }
        }

        return _tex[start..];
    }

    private string Unparsed()
    {
        var start = _at++;
        CommandName();
        return _tex[start.._at];
    }

    private static string Nothing(string ignored) => ignored.Length < 0 ? ignored : "";
}
