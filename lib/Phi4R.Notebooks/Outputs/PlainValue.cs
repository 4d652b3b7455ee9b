using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.DotNet.Interactive.Formatting;

namespace Phi4R.Notebooks.Outputs;

/// <summary>
/// Shows as plain text what the formatters' package cannot show: it follows a value that holds itself until the stack
/// ends, and takes seconds for a little JSON.
/// </summary>
internal static class PlainValue
{
    private const int Deepest = 32;
    private const int DeepestShown = 6;
    private const int MostVisited = 5_000;
    private const int LongestJson = 100_000;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The text of such a value; null for all others.</summary>
    public static string? Of(object? value)
    {
        if (value is JsonNode json)
        {
            var text = Text(json);
            return text.Length <= LongestJson ? text : text[..LongestJson] + $"… ({text.Length:N0} characters)";
        }

        if (value is not null && (IsIterator(value) || new Walk().FindsLoop(value, 0)))
        {
            using BoundedWriter text = new();
            Write(value, [], text);
            return text.ToString();
        }

        return null;
    }

    private static string Text(JsonNode json)
    {
        try
        {
            return json.ToJsonString(Indented);
        }
        catch (InvalidOperationException e) // too deep
        {
            return $"[This JSON cannot be written: {e.Message} Show a part of it.]";
        }
    }

    private static void Write(object? value, Stack<object> within, BoundedWriter text)
    {
        if (value is null or string || value.GetType().IsPrimitive)
        {
            text.Write(value is null ? "<null>" : Convert.ToString(value, CultureInfo.InvariantCulture));
        }
        else if (within.Any(outer => ReferenceEquals(outer, value)))
        {
            text.Write("(itself)");
        }
        else if (within.Count == DeepestShown)
        {
            text.Write('…');
        }
        else if (value is IEnumerable || IsRecord(value.GetType()) || value is ITuple)
        {
            within.Push(value);
            var isList = value is IEnumerable;
            text.Write(isList ? "[ " : value is ITuple ? "( " : value.GetType().Name + " { ");
            var count = 0;
            foreach (var (name, part) in value is IEnumerable items
                ? items.Cast<object?>().Select(item => ("", item))
                : Parts(value))
            {
                text.Write(count == 0 ? "" : ", ");
                if (count++ == Formatter.ListExpansionLimit)
                {
                    text.Write("… (more)");
                    break;
                }

                text.Write(name.Length == 0 ? "" : name + " = ");
                Write(part, within, text);
            }

            text.Write(isList ? " ]" : value is ITuple ? " )" : " }");
            within.Pop();
        }
        else
        {
            text.Write(Convert.ToString(value, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>
    /// What a method with yield makes; its class is the compiler's and has no name that a reader knows.
    /// </summary>
    private static bool IsIterator(object value) => value is IEnumerable && value.GetType().Name.StartsWith('<');

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public,
            [typeof(StringBuilder)]) is not null;

    /// <summary>
    /// The members of a record or tuple that are held, not computed: reading them runs none of the reader's code.
    /// </summary>
    private static IEnumerable<(string Name, object? Value)> Parts(object value)
    {
        if (value is ITuple tuple)
        {
            return Enumerable.Range(0, tuple.Length).Select(i => ("", tuple[i]));
        }

        return Fields(value.GetType())
            .Select(field => (field.Name.TrimStart('<').Split('>')[0], field.GetValue(value)));
    }

    private static IEnumerable<FieldInfo> Fields(Type? type) => type is null || type == typeof(object)
        ? []
        : Fields(type.BaseType)
            .Concat(
                type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                    | BindingFlags.DeclaredOnly));

    /// <summary>Goes through what a value holds, as far as the package would.</summary>
    private sealed class Walk
    {
        private readonly HashSet<object> _within = new(ReferenceEqualityComparer.Instance);
        private int _visited;

        public bool FindsLoop(object value, int depth)
        {
            if (value is string || value.GetType().IsPrimitive || ++_visited > MostVisited)
            {
                return false;
            }

            var parts = Held(value);
            if (parts is null)
            {
                return false;
            }

            if (depth > Deepest || !_within.Add(value))
            {
                return true;
            }

            var finds = parts.OfType<object>().Any(part => FindsLoop(part, depth + 1));
            _within.Remove(value);
            return finds;
        }

        // Sequences that are computed are not, since that may take long or be seen; but one of its own kind cannot be
        // shown without.
        private static IEnumerable<object?>? Held(object value) => value switch
        {
            IDictionary map => map.Values.Cast<object?>().Take(Formatter.ListExpansionLimit + 1),
            ICollection items => items.Cast<object?>().Take(Formatter.ListExpansionLimit + 1),
            IEnumerable items when YieldsItsKind(value.GetType()) =>
                items.Cast<object?>().Take(Formatter.ListExpansionLimit + 1),
            _ when value is ITuple || IsRecord(value.GetType()) => Parts(value).Select(part => part.Value),
            _ => null,
        };

        private static bool YieldsItsKind(Type type) => type.GetInterfaces().Any(one =>
            one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>)
                && one.GetGenericArguments()[0].IsAssignableFrom(type)
                && one.GetGenericArguments()[0] != typeof(object));
    }
}
