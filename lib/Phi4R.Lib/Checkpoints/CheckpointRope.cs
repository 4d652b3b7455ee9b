using System.Text.Json;
using static Phi4R.Checkpoints.ConfigValues;

namespace Phi4R.Checkpoints;

/// <summary>How a checkpoint's config.json says that positions turn.</summary>
/// <remarks>
/// Source: the released configuration; transformers 4 (rope_scaling, the rest beside it) and 5 (rope_parameters, all
/// inside). "su" is LongRoPE's name in the first Phi-3 checkpoints; "default" is no scaling.
/// </remarks>
internal sealed record CheckpointRope(
    double Theta, double RotaryFraction, int OriginalMaxPositions, IReadOnlyList<double>? ShortFactors,
    IReadOnlyList<double>? LongFactors)
{
    private const string Original = "original_max_position_embeddings";
    private const string Fraction = "partial_rotary_factor";
    private const string ThetaName = "rope_theta";
    private const double Tolerance = 1e-4;

    private static readonly string[] Known =
        ["type", "rope_type", "short_factor", "long_factor", Original, Fraction, ThetaName, "factor",
            "attention_factor"];

    /// <summary>Whether both lists are there and the same, so that positions turn alike at every length.</summary>
    public bool IsOneList => LongFactors is not null && ShortFactors!.SequenceEqual(LongFactors);

    /// <summary>Reads it.</summary>
    /// <param name="root">config.json.</param>
    /// <param name="longest">Its max_position_embeddings.</param>
    /// <exception cref="FormatException">
    /// A value is missing, of another kind, at odds with another, or of a scaling that is not known.
    /// </exception>
    public static CheckpointRope Read(JsonElement root, int longest)
    {
        var (place, inside) = Inside(root);
        var isLong = inside is { } given && IsLongRope(place, given);
        var original = Either(root, inside, Original) is { } first ? Whole(first, Original) : (int?)null;
        var rope = new CheckpointRope(
            Number(Either(root, inside, ThetaName) ?? throw new FormatException($"{ThetaName} is missing"), ThetaName),
            Either(root, inside, Fraction) is { } rotated ? Number(rotated, Fraction) : 1,
            original ?? (isLong ? throw new FormatException($"{Original} is missing") : longest),
            isLong ? Factors(inside!.Value, "short_factor") : null,
            isLong ? Factors(inside!.Value, "long_factor") : null);
        if (isLong)
        {
            var factor = (double)longest / rope.OriginalMaxPositions;
            Agrees(inside!.Value, "factor", factor);
            Agrees(inside.Value, "attention_factor", factor <= 1
                ? 1
                : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(rope.OriginalMaxPositions))));
        }

        return rope;
    }

    private static (string Place, JsonElement? Inside) Inside(JsonElement root)
    {
        var (five, four) = (Optional(root, "rope_parameters"), Optional(root, "rope_scaling"));
        Refuse(five is { } one && four is { } other && !JsonElement.DeepEquals(one, other),
            "rope_parameters and rope_scaling are both there and say different things; remove one");
        return five is null ? ("rope_scaling", four) : ("rope_parameters", five);
    }

    private static bool IsLongRope(string place, JsonElement given)
    {
        var entries = Typed(given, place, "an object or null",
            value => value.EnumerateObject().Where(entry => entry.Value.ValueKind != JsonValueKind.Null)
                .Select(entry => entry.Name).ToList());
        var types = new[] { "type", "rope_type" }.Where(entries.Contains)
            .Select(name => Word(given.GetProperty(name), $"{place}'s {name}")).Distinct().ToList();
        Refuse(types.Count > 1,
            $"{place} is of type {types.FirstOrDefault()} and of rope_type {types.LastOrDefault()}");
        var isLong = types is ["longrope" or "su"];
        Refuse(!isLong && types is not ["default"], $"{place} is of type {types.FirstOrDefault() ?? "none"}; known "
            + "are longrope (su), and default or null for no scaling");
        var unknown = entries.Except(isLong ? Known : Known.Except(["short_factor", "long_factor"])).ToList();
        Refuse(unknown.Count > 0, $"{place} has {string.Join(", ", unknown)}, which this model does not know");
        return isLong;
    }

    // A value stands beside the scaling or inside of it; where it stands twice it is the same.
    private static JsonElement? Either(JsonElement root, JsonElement? inside, string name)
    {
        var (outer, inner) = (Optional(root, name), inside is { } given ? Optional(given, name) : null);
        Refuse(outer is { } one && inner is { } other && !JsonElement.DeepEquals(one, other),
            $"{name} is {outer} and, in the rope's own settings, {inner}");
        return inner ?? outer;
    }

    private static double[] Factors(JsonElement inside, string name) =>
        [.. Typed(Required(inside, name), name, "a list", value => value.EnumerateArray())
            .Select(factor => Number(factor, name))];

    // What follows from other settings may be said, but not otherwise.
    private static void Agrees(JsonElement inside, string name, double expected) => Refuse(
        Optional(inside, name) is { } said && Math.Abs(Number(said, name) - expected) > Tolerance * expected,
        $"the rope's {name} is {Optional(inside, name)}; this model computes {expected:G6} from its lengths");
}
