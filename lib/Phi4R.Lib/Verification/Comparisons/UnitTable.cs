using System.Globalization;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>The one table of units and the prefixes that they take.</summary>
internal sealed partial class Unit
{
    private static readonly (string Short, string Long, int Exponent)[] Prefixes =
    [
        ("p", "pico", -12), ("n", "nano", -9), ("μ", "micro", -6), ("m", "milli", -3), ("c", "centi", -2),
        ("d", "deci", -1),
        ("k", "kilo", 3), ("M", "mega", 6), ("G", "giga", 9), ("T", "tera", 12),
    ];

    // Their letters are more often something else, "as" and "Pb": they stand before these symbols only.
    private static readonly (string Short, string Long, int Exponent, string Symbols)[] Rare =
    [
        ("y", "yocto", -24, "J"), ("z", "zepto", -21, "J C"), ("a", "atto", -18, "C J F N W V A eV mol"),
        ("f", "femto", -15, "m s g C J F N W V A eV mol"), ("da", "deca deka", 1, ""), ("h", "hecto", 2, "Pa m L l"),
        ("P", "peta", 15, "J W Wh Hz eV"), ("E", "exa", 18, "J W Wh Hz eV"), ("Z", "zetta", 21, "J W eV"),
        ("Y", "yotta", 24, "J W"),
    ];

    private static readonly Dictionary<string, Unit> Table = MakeTable();

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
            " | | gauss | 1/10000 T",
            " | siemens | | 1 A V^-1",
            " | | horsepower hp | 37284993579113511/50000000000000 W",
            " | | erg ergs | 1/10000000 J",
            " | | dyne dynes dyn | 1/100000 N",
            "bar | bars | | 100000 Pa",
            " | | atm atmosphere atmospheres | 101325 Pa",
            " | | torr mmHg | 20265/152 Pa",
            " | | minute minutes min mins | 60 s",
            " | | hour hours h hr hrs | 3600 s",
            " | | day days | 86400 s",
            " | | week weeks wk wks | 604800 s",
            " | | fortnight fortnights | 1209600 s",
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
            " | | furlong furlongs | 25146/125 m",
            " | | angstrom angstroms ångström Å | 1/10000000000 m",
            " | | micron microns | 1/1000000 m",
            " | | lightyear lightyears | 9460730472580800 m",
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
            " | | revolution revolutions rev revs rotation rotations | 1 revolution",
            " | | rpm | 1/60 revolution s^-1",
            " | | rps | 1 revolution s^-1",
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

        foreach (var (brief, full, exponent, bases) in Rare)
        {
            foreach (var name in symbols.Where(bases.Split(' ').Contains).Select(symbol => brief + symbol)
                .Concat(names.SelectMany(name => full.Split(' ').Select(word => word + name))))
            {
                table.TryAdd(name, new Unit(unit._powers, unit.Scale * ((Rational)10).Pow(exponent), name));
            }
        }
    }
}
