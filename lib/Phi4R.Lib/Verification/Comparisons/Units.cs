using System.Globalization;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// A unit of measure, as powers of base dimensions and how many of the base it is; or the words for what is counted.
/// </summary>
internal sealed partial class Unit
{
    // Symbols of two letters that are more often a unit than a product, even without \text around them.
    private static readonly HashSet<string> PlainSymbols =
    [
        "cm", "mm", "km", "kg", "mg", "mL", "ml", "ft", "yd", "mi", "lb", "oz", "Hz", "hr", "in", "sq", "eV",
        "kJ", "kW",
    ];

    private static readonly HashSet<string> Directions = ["north", "south", "east", "west", "left", "right", "up",
        "down", "above", "below", "clockwise", "counterclockwise", "before", "after", "of", "from"];

    // Words beside what is counted that say nothing of it.
    private static readonly HashSet<string> Silent = ["in", "total", "of", "the", "different", "possible", "distinct",
        "ways", "remaining", "needed", "required", "altogether", "overall", "each", "more", "whole", "exactly"];

    private readonly SortedDictionary<string, int> _powers;

    private Unit(SortedDictionary<string, int> powers, Rational scale, string words, string note = "")
    {
        Note = note;
        _powers = powers;
        Scale = scale;
        Words = words;
        Kind = string.Join(' ', powers.Select(power => power.Value == 1 ? power.Key : $"{power.Key}^{power.Value}"));
    }

    /// <summary>The dimensions, such as "length time^-1"; empty for what is counted.</summary>
    public string Kind { get; }

    /// <summary>How many base units this is.</summary>
    public Rational Scale { get; }

    /// <summary>What is said of a measured value beside its unit: "north", "older".</summary>
    public string Note { get; }

    /// <summary>The name, for people; for what is counted the words themselves.</summary>
    public string Words { get; }

    public bool IsCurrency => Kind is "dollar" or "euro" or "sterling" or "yuan" or "yen" or "rupee" or "peso";

    /// <summary>Whether it says what is counted ("apples") instead of measuring.</summary>
    public bool IsCount => _powers.Count == 0;

    public static Unit Degree => Table["degree"];

    /// <summary>The unit of a name; long names in any case.</summary>
    public static Unit? Find(string name) =>
        Table.GetValueOrDefault(name) ?? (name.Length > 3 ? Table.GetValueOrDefault(name.ToLowerInvariant()) : null);

    /// <summary>Whether a run of letters in mathematics is this unit and no product of variables.</summary>
    public static bool IsPlain(string run) =>
        run.Length >= 2 && (PlainSymbols.Contains(run)
            || (run.Length >= 3 && Table.ContainsKey(run) && (run.Length > 4 || run is not ['a' or 'f' or 'h', ..])));

    public static Unit Counted(string words) => new([], Rational.One, words);

    public Unit Noted(string note) => new(_powers, Scale, Words, note);

    public Unit Times(Unit other, int power)
    {
        SortedDictionary<string, int> powers = new(_powers, StringComparer.Ordinal);
        foreach (var (dimension, exponent) in other._powers)
        {
            powers[dimension] = powers.GetValueOrDefault(dimension) + (exponent * power);
            if (powers[dimension] == 0)
            {
                powers.Remove(dimension);
            }
        }

        var words = Words + (Words.Length > 0 ? "·" : "") + other.Words
            + (power == 1 ? "" : "^" + power.ToString(CultureInfo.InvariantCulture));
        return new Unit(powers, Scale * other.Scale.Pow(power), words);
    }

    public Unit Power(int power) => new Unit([], Rational.One, "").Times(this, power);

    /// <summary>
    /// Whether both measure the same; "units" are lengths of whatever kind, of which only the power counts. Null where
    /// what is counted or said of them is written in other words.
    /// </summary>
    public bool? IsLike(Unit other)
    {
        if (IsCount && other.IsCount)
        {
            return AreAlike(Words, other.Words) ? true : null;
        }

        if (IsCount != other.IsCount)
        {
            return null;
        }

        if (Note.Length > 0 && other.Note.Length > 0 && !AreAlike(Note, other.Note))
        {
            return null;
        }

        return Kind == other.Kind || (Shape("unit") is { } power && other.Shape("length") == power)
            || (other.Shape("unit") is { } its && Shape("length") == its);
    }

    public override string ToString() => Note.Length == 0 ? Words : Words + " " + Note;

    /// <summary>
    /// What is left of the dimensions without degrees, radians or turns, and how many radians one of them is in the
    /// power that stands here; null where no angle is among them.
    /// </summary>
    public (string Others, Node Radians)? Turning()
    {
        if (_powers.Keys.FirstOrDefault(key => key is "angle" or "radian" or "revolution") is not { } name)
        {
            return null;
        }

        var rest = string.Join(' ', _powers.Where(power => power.Key != name).Select(power => power.ToString())
            .Append($"turn {_powers[name]}"));
        var scale = Node.Number(Scale);
        var halfTurns = Node.Number(name == "angle" ? new Rational(1, 180) : 2);
        return (rest, name == "radian" ? scale : new ProductNode([scale,
            new PowerNode(new ProductNode([halfTurns, new SymbolNode("pi")]), Node.Number(_powers[name]))]));
    }

    // The power where there is one dimension only.
    private int? Shape(string dimension) =>
        _powers.Count == 1 && _powers.TryGetValue(dimension, out var power) ? power : null;

    // One word in common, its plural aside, is enough: "red marbles" are "marbles".
    // Where each has a word that the other has not, "red marbles" and "blue marbles", they are not known to be.
    private static bool AreAlike(string a, string b)
    {
        var words = Stems(a);
        return words.Count == 0 || Stems(b) is not { Count: > 0 } others
            || ((words.IsSubsetOf(others) || others.IsSubsetOf(words)) && Course(a).SequenceEqual(Course(b)));
    }

    // North of east is not east of north.
    private static IEnumerable<string> Course(string words) => words.Split(' ').Where(Directions.Contains);

    private static HashSet<string> Stems(string words) =>
        [.. words.Split(' ')
            .Where(word => word.Length > 1 && !Silent.Contains(word))
                    .Select(word => word.TrimEnd('s'))];
}
