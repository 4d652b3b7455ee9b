using System.Globalization;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// A unit of measure, as powers of base dimensions and how many of the base it is; or the words for what is counted.
/// </summary>
internal sealed class Unit
{
    private static readonly (string Short, string Long, int Exponent)[] Prefixes =
    [
        ("p", "pico", -12), ("n", "nano", -9), ("μ", "micro", -6), ("m", "milli", -3), ("c", "centi", -2),
        ("d", "deci", -1),
        ("k", "kilo", 3), ("M", "mega", 6), ("G", "giga", 9), ("T", "tera", 12),
    ];

    // Symbols of two letters that are more often a unit than a product, even without \text around them.
    private static readonly HashSet<string> PlainSymbols =
    [
        "cm", "mm", "km", "kg", "mg", "mL", "ml", "ft", "yd", "mi", "lb", "oz", "Hz", "hr", "in", "sq", "eV",
        "kJ", "kW",
    ];

    private static readonly Dictionary<string, Unit> Table = MakeTable();

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
        run.Length >= 2 && (PlainSymbols.Contains(run) || (run.Length >= 3 && Table.ContainsKey(run)));

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

    // Each line: symbols, which take the short prefixes; names, which take the long ones; names without prefixes; a
    // factor and powers of other units.
    private static Dictionary<string, Unit> MakeTable()
    {
        Dictionary<string, Unit> table = new(StringComparer.Ordinal);
        foreach (var line in (ReadOnlySpan<string>)
        [
            "m | meter meters metre metres | | 1 length",
            "g | gram grams | gm | 1 mass",
            "s | second seconds | sec secs | 1 time",
            "A | ampere amperes amp amps | | 1 current",
            "K | kelvin kelvins | | 1 temperature",
            "mol | mole moles | | 1 amount",
            "cd | candela candelas | | 1 brightness",
            " | | degree degrees deg | 1 angle",
            " | | arcminute arcminutes arcmin | 1/60 angle",
            " | | arcsecond arcseconds arcsec | 1/3600 angle",
            "rad | radian radians | rads | 1 radian",
            " | | celsius Celsius centigrade °C | 1 celsius",
            " | | fahrenheit Fahrenheit °F | 1 fahrenheit",
            " | | unit units | 1 unit",
            " | molar | M | 1000 mol m^-3",
            "L l | liter liters litre litres | | 1/1000 m^3",
            " | | cc ccm | 1/1000000 m^3",
            "N | newton newtons | | 1 kg m s^-2",
            "J | joule joules | | 1 N m",
            "W | watt watts | | 1 J s^-1",
            "Pa | pascal pascals | | 1 N m^-2",
            "Hz | hertz | | 1 s^-1",
            "C | coulomb coulombs | | 1 A s",
            "V | volt volts | | 1 W A^-1",
            "F | farad farads | | 1 C V^-1",
            "Ω | ohm ohms | | 1 V A^-1",
            "T | tesla teslas | | 1 V s m^-2",
            "Wb | weber webers | | 1 V s",
            "H | henry henries henrys | | 1 V s A^-1",
            "eV | electronvolt electronvolts | | 801088317/5000000000000000000000000000 J",
            "cal | calorie calories | Cal | 523/125 J",
            "Wh | | | 3600 J",
            " | | erg ergs | 1/10000000 J",
            " | | dyne dynes dyn | 1/100000 N",
            "bar | bars | | 100000 Pa",
            " | | atm atmosphere atmospheres | 101325 Pa",
            " | | minute minutes min mins | 60 s",
            " | | hour hours h hr hrs | 3600 s",
            " | | day days | 86400 s",
            " | | week weeks wk wks | 604800 s",
            " | | month months mo | 1 month",
            " | | year years yr yrs | 12 month",
            " | | decade decades | 120 month",
            " | | century centuries | 1200 month",
            " | | inch inches in | 127/5000 m",
            " | | foot feet ft | 381/1250 m",
            " | | yard yards yd yds | 1143/1250 m",
            " | | mile miles mi | 201168/125 m",
            " | | mph | 1397/3125 m s^-1",
            " | | kph kmh kmph | 5/18 m s^-1",
            " | | knot knots | 463/900 m s^-1",
            " | | pound pounds lb lbs | 45359237/100000 g",
            " | | ounce ounces oz | 45359237/1600000 g",
            " | | ton tons | 45359237/50 g",
            " | | tonne tonnes | 1000000 g",
            " | | acre acres | 316160658/78125 m^2",
            " | | hectare hectares ha | 10000 m^2",
            " | | gallon gallons gal | 473176473/125000000000 m^3",
            " | | quart quarts qt | 473176473/500000000000 m^3",
            " | | pint pints pt | 473176473/1000000000000 m^3",
            " | | cup cups | 473176473/2000000000000 m^3",
            " | | tablespoon tablespoons tbsp | 473176473/32000000000000 m^3",
            " | | teaspoon teaspoons tsp | 157725491/32000000000000 m^3",
            "b | bit bits | | 1 data",
            "B | byte bytes | | 8 data",
            " | | revolution revolutions rev | 1 revolution",
            " | | rpm | 1/60 revolution s^-1",
            " | | dollar dollars USD usd $ US$ buck bucks | 1 dollar",
            " | | cent cents ¢ | 1/100 dollar",
            " | | euro euros EUR € | 1 euro",
            " | | GBP £ quid | 1 sterling",
            " | | pence penny | 1/100 sterling",
            " | | yuan RMB CNY | 1 yuan",
            " | | yen JPY ¥ | 1 yen",
            " | | rupee rupees INR Rs ₹ | 1 rupee",
            " | | peso pesos | 1 peso",
        ])
        {
            Add(table, line.Split('|', StringSplitOptions.TrimEntries));
        }

        return table;
    }

    private static void Add(Dictionary<string, Unit> table, string[] parts)
    {
        var definition = parts[3].Split(' ');
        var factor = definition[0].Split('/')
            .Select(text => new Rational(System.Numerics.BigInteger.Parse(text, CultureInfo.InvariantCulture), 1))
            .ToArray();
        var scale = factor.Length == 1 ? factor[0] : factor[0] / factor[1];
        var unit = new Unit([], scale, "");
        foreach (var power in definition[1..].Select(text => text.Split('^')))
        {
            unit = unit.Times(table.GetValueOrDefault(power[0])
                ?? new Unit(new(StringComparer.Ordinal) { [power[0]] = 1 }, Rational.One, power[0]),
                    power.Length == 1 ? 1 : int.Parse(power[1], CultureInfo.InvariantCulture));
        }

        var symbols = parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var names = parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in symbols.Concat(names).Concat(parts[2].Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            table[name] = new Unit(unit._powers, unit.Scale, name);
        }

        foreach (var (brief, full, exponent) in Prefixes)
        {
            foreach (var name in symbols.Select(symbol => brief + symbol).Concat(names.Select(name => full + name)))
            {
                table.TryAdd(name, new Unit(unit._powers, unit.Scale * ((Rational)10).Pow(exponent), name));
            }
        }
    }
}
