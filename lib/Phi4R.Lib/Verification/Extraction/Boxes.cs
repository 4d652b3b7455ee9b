using System.Text;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>Boxes in a text.</summary>
internal static partial class Boxes
{
    /// <summary>What stands in each box that holds something, with the place behind it.</summary>
    public static IEnumerable<(string Inside, int End, string Rule)> All(string text) =>
        Scan(text).Where(box => box.Inside is not null && box.Inside.Trim().Length > 0)
            .Select(box => (box.Inside!, box.End, "last box"));

    /// <summary>Whether the last box is never closed.</summary>
    public static bool EndsCut(string text) => Scan(text) is [.., { Inside: null }];

    /// <summary>The text with a space for each box.</summary>
    public static string Without(string text)
    {
        StringBuilder rest = new();
        var from = 0;
        foreach (var (start, end, _) in Scan(text))
        {
            rest.Append(text, from, start - from).Append(' ');
            from = end;
        }

        return rest.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>The last box, joined with its close neighbors; null where the text has none.</summary>
    public static Extracted? Find(string text) => Find(text, out _);

    /// <summary>The same, with the place behind it.</summary>
    public static Extracted? Find(string text, out int end)
    {
        end = text.Length;
        var boxes = Scan(text);
        if (boxes.Count == 0)
        {
            return null;
        }

        var last = boxes[^1];
        if (last.Inside is null)
        {
            return new Extracted(null, "The last box is cut: no answer.");
        }

        if (last.Inside.Trim().Length == 0)
        {
            return new Extracted(null, "The last box is empty: no answer.");
        }

        if (boxes.Count > 1 && boxes[^2] is { Inside: not null } other
            && other.Inside.Trim() != last.Inside.Trim() && last.Start - other.End is >= 0 and < 80
            && Branch().Match(text[other.End..last.Start]) is { Success: true } branch
            && (branch.Groups["else"].Success || Hedges.Conditional(text, other.Start)))
        {
            return new Extracted(null, "Two boxes answer two cases: no answer.");
        }

        var piece = Operands.Side(text, last.Start, last.End, last.Inside);
        var whole = piece?.Side ?? last.Inside;
        end = piece?.End ?? last.End;
        List<string> joined = [Glued.To(whole, text, end)]; // The last first.
        var names = (Named(text, last.Start) ?? NamedInside(last.Inside)) is { } first ? (List<string>)[first] : [];
        for (var i = boxes.Count - 2; i >= 0 && boxes[i].Inside is { Length: > 0 } earlier; i--)
        {
            var between = text[boxes[i].End..boxes[i + 1].Start];
            var isNamed = names.Count == joined.Count && !between.Contains('\n', StringComparison.Ordinal);
            var name = Named(text, boxes[i].Start) ?? NamedInside(earlier);
            if (!(Joins(isNamed ? Name().Replace(between, "") : between)
                || (isNamed && name is not null && !names.Contains(name) && Separates(Name().Replace(between, ""))
                    && (!between.Contains('.') || (NamedInside(earlier) is not null
                        && NamedInside(boxes[i + 1].Inside ?? "") is not null))
                    && !Hedges.Conditional(text, boxes[i].Start))))
            {
                break;
            }

            joined.Add(earlier);
            if (name is not null)
            {
                names.Add(name);
            }
        }

        if (joined.Count == 1 && (Parts(text, boxes) ?? Both(text, boxes)) is { } parts)
        {
            return parts;
        }

        // x = \boxed{3} and y = \boxed{2}: the names before the boxes say which is which.
        var named = joined.Count > 1 && names.Count == joined.Count
            && names.Distinct(StringComparer.Ordinal).Count() == names.Count
            && joined.TrueForAll(inside => inside.AsSpan().IndexOfAny('=', ',') < 0);
        var all = joined.Select((inside, i) => (named ? names[i] + " = " : "") + inside).Reverse().ToList();
        var rays = joined.Count > 1 && joined.TrueForAll(Ray().IsMatch); // "on \boxed{(-\infty, 0)} and on \boxed{…}"
        return new Extracted(
            string.Concat(all.Select((inside, i) => i == all.Count - 1 ? inside
                : inside + (rays ? " \\cup " : inside.Contains('=', StringComparison.Ordinal) ? " ; " : " , "))),
            joined.Count == 1 ? "last box" : $"last {joined.Count} boxes")
        {
            AreSteps = joined.Count > 1 && all.Exists(inside => inside.Contains('=', StringComparison.Ordinal)),
        };
    }

    // "Both values satisfy the conditions": two boxes that are the answer together.
    private static Extracted? Both(string text, List<(int Start, int End, string? Inside)> boxes) =>
        boxes is [{ Inside: { Length: > 0 } one }, { Inside: { Length: > 0 } other } last]
            && one.Trim() != other.Trim()
            && BothHold().IsMatch(text.AsSpan(last.End, Math.Min(200, text.Length - last.End)))
            ? new Extracted($"{one} , {other}", "two boxes that both hold")
            : null;

    private static string? NamedInside(string inside) =>
        Assigned().Match(inside) is { Success: true } assigned ? assigned.Groups["name"].Value : null;

    private static string? Named(string text, int start) =>
        Name().Match(text[Math.Max(0, start - 24)..start]) is { Success: true } name ? name.Groups["name"].Value : null;

    /// <summary>A percent sign or word that follows at once and so belongs to the number.</summary>
    public static string PercentAfter(string text, int end) =>
        Percent().IsMatch(text.AsSpan(end, Math.Min(24, text.Length - end))) ? "\\%" : "";

    // A box that is never closed has no inside.
    private static List<(int Start, int End, string? Inside)> Scan(string text)
    {
        List<(int Start, int End, string? Inside)> boxes = [];
        for (var match = Opening().Match(text); match.Success;
            match = Opening().Match(text, Math.Max(boxes[^1].End, match.Index + match.Length)))
        {
            boxes.Add(Read(text, match));
        }

        // "I put it in \boxed{} as asked" mentions a box and is none; the words that say so stand close before it.
        boxes.RemoveAll(box => box.Inside is null ? box.End < 0
            : box.Inside.Length == 0
                && Mentioned().IsMatch(text.AsSpan(Math.Max(0, box.Start - 60), Math.Min(60, box.Start))));
        return boxes;
    }

    private static (int Start, int End, string? Inside) Read(string text, Match opening)
    {
        var start = opening.Index + opening.Length;
        if (text[start - 1] != '{')
        {
            var bare = Bare().Match(text, start);
            return bare.Success && bare.Index == start
                ? (opening.Index, start + bare.Length, bare.Value)
                : (opening.Index, -1, null);
        }

        var depth = 1;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '{')
            {
                depth++;
            }
            else if (text[i] == '}' && --depth == 0)
            {
                return (opening.Index, i + 1, text[start..i]);
            }
        }

        return (opening.Index, text.Length, null);
    }

    // (a) \boxed{3}, (b) \boxed{7}: the last box of each part, where they are the parts from the first on.
    private static Extracted? Parts(string text, List<(int Start, int End, string? Inside)> boxes)
    {
        SortedDictionary<char, string> parts = [];
        var from = 0;
        var current = '\0';
        foreach (var (start, end, inside) in boxes)
        {
            var label = Label().Matches(text[from..start]).LastOrDefault();
            current = label is null ? current : char.ToLowerInvariant(label.Groups["label"].Value[0]);
            if (current == '\0' || inside is null)
            {
                return null;
            }

            parts[current] = Glued.To(inside, text, end);
            from = end;
        }

        return parts.Count > 1 && parts.Keys.Select((label, i) => label == 'a' + i).All(isNext => isNext)
            ? new Extracted(string.Join(" , ", parts.Values), $"the boxes of {parts.Count} parts") { AreSteps = true }
            : null;
    }

    // "$x=\boxed{2}$; subtracting, $y=\boxed{-1}$": a few words between the values of two names.
    private static bool Separates(string between) => between.Length <= 80 && Separating().IsMatch(between)
        && !Doubting().IsMatch(between);

    private static bool Joins(string between)
    {
        if (between.Length > 60)
        {
            return false;
        }

        var bare = Dressing().Replace(between, " ").Trim();
        return bare.All(c => char.IsWhiteSpace(c) || ",;&+\\".Contains(c))
            || NextItem().IsMatch(between)
            || (Joining().IsMatch(bare) && !Breaking().IsMatch(bare) && !bare.Contains('.') && bare.Length <= 40
                && !Computed().IsMatch(bare));
    }

    [GeneratedRegex(@"\\f?box(?:ed)?\s*(?:\{|(?=[0-9]))", RegexOptions.CultureInvariant)]
    private static partial Regex Opening();

    [GeneratedRegex(@"\A\s*(?:\\left)?[(\[][^()\[\]]{0,40}\\infty\s*(?:\\right)?[)\]]\s*\z"
        + @"|\A\s*(?:\\left)?\(\s*-\s*\\infty[^()\[\]]{0,40}[)\]]\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Ray();

    [GeneratedRegex(@"\A[\s$.)\\\]]*Both (?:of them |of these |of which )?(?:(?:values|numbers|solutions|cases|answers"
        + @"|roots|candidates) )?(?:(?:do )?(?:satisfy|work|hold|check out|fulfil)|are (?:valid|(?:the )?answers"
        + @"|solutions|possible|admissible|allowed|correct))\b"
        + @"(?!.*\b(?:but|however|only|not|largest|smallest|greater|smaller|sum)\b)",
        RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex BothHold();

    [GeneratedRegex(@"\A\s*(?<name>[A-Za-z](?:_[0-9a-z]|\((?:-?[0-9]{1,4}|[a-z])\))?)\s*=\s*[^=,;<>]{1,60}\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Assigned();

    // A letter and an equals sign right before a box.
    [GeneratedRegex(@"(?<![A-Za-z\\_^+\-*/=(])(?<![+\-*/^=(]\s)(?<name>(?:[A-Za-z]|"
        + @"\\(?:alpha|beta|gamma|delta|lambda|mu|theta|phi|varphi|omega|sigma|rho|tau|varepsilon|epsilon))"
        + @"(?:_(?:[0-9a-z]|\{[0-9a-z]\}|\{?\\(?:min|max)\}?|\{\\text\{(?:min|max)\}\}))?"
        + @"(?:\((?:-?[0-9]{1,4}|[a-z])\))?)\s*=\s*"
        + @"(?:\$|\\\()?\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"[0-9]+(?:\.[0-9]+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Bare();

    [GeneratedRegex(@"\A\s*(?:\\?\)|\$|\})?\s*(?:\\?%|percent\b|pct\b)", RegexOptions.CultureInvariant)]
    private static partial Regex Percent();

    [GeneratedRegex(@"\\text\{|\\(?:quad|qquad|,|;|!|\(|\)|\[|\])|[${}]|\\ ", RegexOptions.CultureInvariant)]
    private static partial Regex Dressing();

    [GeneratedRegex(@"\A[\s$]*\n\s*(?:[-*•]|[0-9]{1,2}[.)])\s*[$]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex NextItem();

    [GeneratedRegex(@"\b(?:in|inside|within|into|using|use|with|a|an|the|of|an empty)\s+(?:the\s+|a\s+)?[$`(""']*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Mentioned();

    // "If order matters \boxed{18}, otherwise \boxed{9}": neither is the answer.
    [GeneratedRegex(@"\A[\s$,;.\\)\]]*(?:and |or |but )?(?:(?<else>otherwise|else|if not"
        + @"|if it is not|if it isn't)|if)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Branch();

    // "and $4+8+6=\boxed{18}": what is worked out from the box before it.
    [GeneratedRegex(@"[0-9)}]\s*(?:[-+*/]|\\(?:cdot|times|div)(?![A-Za-z]))[^=]*=\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Computed();

    [GeneratedRegex(@"\A(?:\$?\.\s)?[\sA-Za-z,;$]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Separating();

    [GeneratedRegex(@"\b(?:not|no|later|actually|wait|but|instead|if|or|wrong|impossible)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Doubting();

    [GeneratedRegex(@"(?:^|\n)[\s*_#>-]{0,8}(?:(?:part|question|problem)\s+\(?(?<label>[a-e])\b|\((?<label>[a-e])\)"
        + @"|(?<label>[a-e])\))|\A\s*\((?<label>a)\)|(?<=[.;,]\s)\((?<label>[b-e])\)\s(?=[$\\])",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Label();

    [GeneratedRegex(@"\b(?:and|or)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Joining();

    [GeneratedRegex(@"\b(?:not|no|later|actually|wait|then|but|so|thus|now)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Breaking();
}
