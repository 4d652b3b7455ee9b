using System.Globalization;
using System.Text.Json.Nodes;
using Parquet.Data;
using Parquet.Schema;

namespace Phi4R.Data.Import;

/// <summary>
/// A column of a row group that puts its values into one record after the other, however deep they lie.
/// </summary>
/// <remarks>
/// A value comes with two numbers: how much of its path is there, and at which list of the path it goes on. Source: the
/// Dremel paper, Melnik et al. 2010, section 4, and github.com/apache/parquet-format, "Nested Encoding". A map is a
/// list of records with "key" and "value".
/// </remarks>
internal sealed class NestedColumn : IDisposable
{
    private readonly Step[] _steps;
    private readonly RawColumnData _data;
    private readonly Func<int, JsonNode?> _value;
    private readonly int _deepest;
    private readonly int[] _definitions;
    private readonly int[] _repetitions;
    private readonly int[] _places;
    private int _next;
    private int _nextValue;

    private NestedColumn(DataField field, Step[] steps, RawColumnData data, Func<int, JsonNode?> value)
    {
        (_steps, _data, _value) = (steps, data, value);
        _deepest = field.MaxDefinitionLevel;
        _definitions = _deepest > 0 ? data.DefinitionLevels.ToArray() : [];
        _repetitions = field.MaxRepetitionLevel > 0 ? data.RepetitionLevels.ToArray() : [];
        _places = new int[field.MaxRepetitionLevel + 1];
    }

    public void Dispose() => _data.Dispose();

    /// <summary>A column's reader; null where its kind of value has none in JSON.</summary>
    public static NestedColumn? Of(DataField field, Step[] steps, RawColumnData data) =>
        Value(data) is { } value ? new NestedColumn(field, steps, data, value) : null;

    /// <summary>The columns of a field, each with the way to it from the record down.</summary>
    public static IEnumerable<(DataField Field, Step[] Steps)> Leaves(Field field) =>
        Leaves(field, [new Step(field.Name, 0, 0)]);

    /// <summary>Puts what the next record has of this column into it.</summary>
    public void Fill(JsonObject record)
    {
        Array.Clear(_places);
        do
        {
            var definition = _deepest > 0 ? _definitions[_next] : 0;
            Place(record, 0, definition);
            _next++;
        }
        while (_next < _repetitions.Length && Moved(_repetitions[_next]));
    }

    // Whether the value belongs to the same record; then it stands one place further in the list where it goes on.
    private bool Moved(int repetition)
    {
        if (repetition > 0)
        {
            _places[repetition]++;
            Array.Clear(_places, repetition + 1, _places.Length - repetition - 1);
        }

        return repetition > 0;
    }

    private JsonNode? Place(JsonNode? there, int at, int definition)
    {
        if (at == _steps.Length)
        {
            return definition == _deepest ? _value(_nextValue++) : null;
        }

        var step = _steps[at];
        if (step.Name is { } name)
        {
            if (definition < step.Definition)
            {
                return null;
            }

            var record = there as JsonObject ?? [];
            Set(record[name], Place(record[name], at + 1, definition), part => record[name] = part);
            return record;
        }

        if (definition < step.Definition - 1)
        {
            return null;
        }

        var list = there as JsonArray ?? [];
        if (definition >= step.Definition)
        {
            var place = _places[step.Repetition];
            while (list.Count <= place)
            {
                list.Add(null);
            }

            Set(list[place], Place(list[place], at + 1, definition), part => list[place] = part);
        }

        return list;
    }

    private static void Set(JsonNode? before, JsonNode? now, Action<JsonNode?> set)
    {
        if (now is null || !ReferenceEquals(before, now))
        {
            set(now);
        }
    }

    private static IEnumerable<(DataField Field, Step[] Steps)> Leaves(Field field, Step[] way)
    {
        var list = new Step(null, field.MaxDefinitionLevel, field.MaxRepetitionLevel);
        return field switch
        {
            DataField { IsArray: true } data => [(data, [.. way, list])],
            DataField data => [(data, way)],
            ListField several => Leaves(several.Item, [.. way, list]),
            MapField map => new[] { map.Key, map.Value }.SelectMany(part =>
                Leaves(part, [.. way, list, new Step(part.Name, field.MaxDefinitionLevel, 0)])),
            StructField record => record.Fields.SelectMany(part =>
                Leaves(part, [.. way, new Step(part.Name, field.MaxDefinitionLevel, 0)])),
            _ => [],
        };
    }

    private static Func<int, JsonNode?>? Value(RawColumnData column) => column switch
    {
        RawColumnData<ReadOnlyMemory<char>> texts => i => JsonValue.Create(texts.Values[i].ToString()),
        RawColumnData<int> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<long> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<short> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<sbyte> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<byte> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<uint> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<ulong> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<double> numbers => i => Number(numbers.Values[i]),
        RawColumnData<float> numbers => i => Number(numbers.Values[i]),
        RawColumnData<decimal> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<bool> flags => i => JsonValue.Create(flags.Values[i]),
        RawColumnData<DateTime> times => i => JsonValue.Create(times.Values[i].ToString("o",
            CultureInfo.InvariantCulture)),
        _ => null,
    };

    // A table of Python's writes a missing number as one that is none.
    private static JsonValue? Number(double number) => double.IsFinite(number) ? JsonValue.Create(number) : null;

    /// <summary>A step down: into a field of a record, or into a list.</summary>
    /// <param name="Name">The field; null for a list.</param>
    /// <param name="Definition">From which definition on the record, or an item of the list, is there.</param>
    /// <param name="Repetition">Of a list: the repetition that says that it goes on.</param>
    internal sealed record Step(string? Name, int Definition, int Repetition);
}
