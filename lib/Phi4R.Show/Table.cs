using System.Globalization;
using System.Text;
using Microsoft.Data.Analysis;
using Phi4R.Runs;

namespace Phi4R.Show;

/// <summary>A plain table: it keeps its shape where a notebook strips styles.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Table : IFigure
{
    /// <summary>Rows that a table shows unless it is asked for more or fewer.</summary>
    public const int MostRows = 200;

    /// <summary>Columns of a data frame that are shown.</summary>
    public const int MostColumns = 40;

    private const int MostCharacters = 2_000;

    private readonly string _title;
    private readonly IReadOnlyList<string> _columns;
    private readonly IReadOnlyList<IReadOnlyList<Cell>> _rows;
    private readonly string? _note;
    private readonly long _count;
    private readonly IReadOnlySet<int> _numeric;

    private Table(string title, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<Cell>> rows,
        IReadOnlySet<int> numeric, string? note, long count) =>
        (_title, _columns, _rows, _numeric, _note, _count) = (title, columns, rows, numeric, note, count);

    public string AltText =>
        string.Create(CultureInfo.InvariantCulture, $"{_title}: a table of {_count:N0} rows with the columns "
            + $"{string.Join(", ", _columns)}.");

    /// <summary>A table of rows.</summary>
    /// <param name="rows">For each row a value for each column; numbers are aligned right.</param>
    /// <param name="note">A line under the table.</param>
    /// <param name="most">Rows that are shown; a line under the table counts those left out.</param>
    /// <exception cref="ArgumentException">
    /// A row has another number of cells than there are columns; the message names it.
    /// </exception>
    public static Table Of(string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows,
        string? note = null, int most = MostRows)
    {
        List<IReadOnlyList<object?>> shown = [];
        var count = 0L;
        foreach (var row in rows)
        {
            if (row.Count != columns.Count)
            {
                throw new ArgumentException($"Row {count} of '{title}' has {row.Count} cells; there are "
                    + $"{columns.Count} columns.");
            }

            if (count++ < most)
            {
                shown.Add(row);
            }
        }

        return Of(title, columns, shown, Note(note, LeftOut(count - shown.Count, "row")), count);
    }

    /// <summary>A data frame's first rows and columns; a note counts those left out.</summary>
    public static Table From(string title, DataFrame frame, int most = 20)
    {
        var columns = frame.Columns.Take(MostColumns).ToList();
        var shown = (int)Math.Min(most, frame.Rows.Count);
        var rows = Enumerable.Range(0, shown)
            .Select(r => (IReadOnlyList<object?>)[.. columns.Select(column => column[r])]).ToList();
        var nulls = columns.Where(column => column.NullCount > 0)
            .Select(column => string.Create(CultureInfo.InvariantCulture, $"{column.Name} {column.NullCount:N0}"))
            .ToList();
        var note = Note(LeftOut(frame.Rows.Count - shown, "row"),
            LeftOut(frame.Columns.Count - columns.Count, "column"));
        return Of(title, [.. columns.Select(column => column.Name)], rows,
            Note(note, nulls.Count > 0 ? $"Empty cells: {string.Join(", ", nulls)}." : null), frame.Rows.Count);
    }

    /// <summary>A record's properties, one a row; records inside it are spread out.</summary>
    public static Table Settings(string title, object record)
    {
        List<IReadOnlyList<object?>> rows = [];
        Spread("", record);
        return Of(title, ["setting", "value"], rows);

        void Spread(string prefix, object value)
        {
            foreach (var property in value.GetType().GetProperties()
                .Where(property => property.GetIndexParameters().Length == 0 && property.CanWrite))
            {
                var inner = property.GetValue(value);
                if (inner is null or string or System.Collections.IEnumerable || inner.GetType().IsPrimitive
                    || inner.GetType().IsEnum)
                {
                    rows.Add([prefix + property.Name, inner]);
                }
                else
                {
                    Spread($"{prefix}{property.Name}.", inner);
                }
            }
        }
    }

    /// <summary>
    /// A run's parameters, one a row: the recipe's value and the run's, and whether something was changed for this run
    /// alone.
    /// </summary>
    public static Table Parameters(RecipeRun run)
    {
        var parameters = run.Parameters;
        var changed = parameters.Count(parameter => parameter.Changed);
        return Of(
            "Parameters", ["setting", "in the recipe", "in this run", ""],
            parameters.Select(parameter => new object?[]
            {
                parameter.Setting,
                Value(parameter.InRecipe),
                Value(parameter.InRun),
                parameter.Changed ? "changed" : "",
            }),
            changed == 0 ? $"Nothing is changed: every number is that of the recipe '{run.Recipe.Name}'."
                : $"What is changed here holds for this notebook alone. A recipe file that says it holds for every "
                    + $"notebook and command: {{ \"Base\": \"{run.Recipe.Name}\", … }}.");

        static object Value(string written) => double.TryParse(written, CultureInfo.InvariantCulture, out var number)
            ? number
            : written;
    }

    public string ToHtml()
    {
        var html = new StringBuilder("<table><caption><b>").Append(Escaped(_title)).Append("</b></caption><thead><tr>");
        for (var c = 0; c < _columns.Count; c++)
        {
            Append("th", _columns[c], _numeric.Contains(c));
        }

        html.Append("</tr></thead><tbody>");
        foreach (var row in _rows)
        {
            html.Append("<tr>");
            for (var c = 0; c < row.Count; c++)
            {
                Append("td", row[c].Text, row[c].IsNumber || _numeric.Contains(c));
            }

            html.Append("</tr>");
        }

        html.Append("</tbody></table>");
        return _note is null
            ? html.ToString()
            : html.Append("<p><small>").Append(Escaped(_note)).Append("</small></p>").ToString();

        // By the style, which wins over Jupyter's own, and by the attribute where a notebook strips styles.
        void Append(string tag, string text, bool isRight) => html.Append('<').Append(tag).Append(isRight
            ? " style=\"text-align:right\" align=\"right\">"
            : " style=\"text-align:left\" align=\"left\">").Append(Escaped(text)).Append("</").Append(tag).Append('>');
    }

    /// <summary>The table in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", _columns)} |");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"|{string.Concat(_columns.Select((_, c) => _numeric.Contains(c) ? " ---: |" : " --- |"))}");
        foreach (var row in _rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {string.Join(" | ", row.Select(cell =>
                    cell.Text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)))} |");
        }

        if (_note is not null)
        {
            text.AppendLine().AppendLine(_note);
        }

        return text.ToString();
    }

    internal static string Written(object? value) => value switch
    {
        null => "",
        string text => text,
        double number => Numbers.Written(number),
        float number => Written((double)number),
        int or long or short or byte or uint or ulong or ushort or sbyte =>
            string.Format(CultureInfo.InvariantCulture, "{0:N0}", value),
        decimal number => Numbers.Written((double)number),
        bool truth => truth ? "yes" : "no",
        System.Collections.IEnumerable values => string.Join(", ", values.Cast<object?>().Select(Written)),
        _ => string.Format(CultureInfo.InvariantCulture, "{0}", value),
    };

    private static Table Of(string title, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<object?>> rows,
        string? note, long count)
    {
        var numeric = Enumerable.Range(0, columns.Count)
            .Where(c => rows.All(row => IsNumber(row[c]) || row[c] is null or "" or "–")
                && (rows.Count == 0 || rows.Any(row => row[c] is not ("" or "–")))).ToHashSet();
        return new Table(title, columns, [.. rows.Select(row =>
            (IReadOnlyList<Cell>)[.. row.Select(value => new Cell(Written(value), IsNumber(value)))])],
            numeric, note, count);
    }

    // Numbers stand right, also those of a column that has words too.
    private readonly record struct Cell(string Text, bool IsNumber);

    private static bool IsNumber(object? value) =>
        value is int or long or double or float or decimal or short or byte or uint or ulong or ushort or sbyte;

    private static string? Note(string? one, string? other) =>
        one is null ? other : other is null ? one : $"{one} {other}";

    private static string? LeftOut(long count, string what) =>
        count <= 0
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"{count:N0} more {what}{(count == 1 ? " is" : "s are")} not shown.");

    private static string Escaped(string text) => text.Length <= MostCharacters
        ? Markup.Escaped(text)
        : string.Create(CultureInfo.InvariantCulture, $"{Markup.Escaped(text[..MostCharacters])}… ({text.Length:N0} "
            + $"characters)");
}
