using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Data.Analysis;

namespace Phi4R.Show;

/// <summary>A plain table: it keeps its shape where a notebook strips styles.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Table : IFigure
{
    private readonly string _title;
    private readonly IReadOnlyList<string> _columns;
    private readonly IReadOnlyList<IReadOnlyList<string>> _rows;
    private readonly string? _note;
    private readonly IReadOnlySet<int> _numeric;

    private Table(string title, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows, IReadOnlySet<int> numeric, string? note) =>
        (_title, _columns, _rows, _numeric, _note) = (title, columns, rows, numeric, note);

    public string AltText => $"{_title}: a table of {_rows.Count} rows with the columns {string.Join(", ", _columns)}.";

    /// <summary>A table of rows.</summary>
    /// <param name="rows">For each row a value for each column; numbers are aligned right.</param>
    /// <param name="note">A line under the table.</param>
    /// <exception cref="ArgumentException">A row has another number of cells than there are columns; the message names it.</exception>
    public static Table Of(string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows, string? note = null)
    {
        var values = rows.ToList();
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].Count != columns.Count)
            {
                throw new ArgumentException($"Row {i} of '{title}' has {values[i].Count} cells; there are {columns.Count} columns.");
            }
        }

        var numeric = Enumerable.Range(0, columns.Count).Where(c => values.All(row => row[c] is null or int or long or double or float)).ToHashSet();
        return new Table(title, columns, [.. values.Select(row => (IReadOnlyList<string>)[.. row.Select(Written)])], numeric, note);
    }

    /// <summary>A data frame's first rows; a note counts those left out.</summary>
    public static Table From(string title, DataFrame frame, int most = 20)
    {
        var rows = Enumerable.Range(0, (int)Math.Min(most, frame.Rows.Count)).Select(r => (IReadOnlyList<object?>)[.. frame.Columns.Select(column => column[r])]);
        return Of(title, [.. frame.Columns.Select(column => column.Name)], rows, frame.Rows.Count > most ? $"{frame.Rows.Count - most:N0} more rows are not shown." : null);
    }

    /// <summary>A record's properties, one a row; records inside it are spread out.</summary>
    public static Table Settings(string title, object record)
    {
        List<IReadOnlyList<object?>> rows = [];
        Spread("", record);
        return Of(title, ["setting", "value"], rows);

        void Spread(string prefix, object value)
        {
            foreach (var property in value.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0 && property.CanWrite))
            {
                var inner = property.GetValue(value);
                if (inner is null or string or System.Collections.IEnumerable || inner.GetType().IsPrimitive || inner.GetType().IsEnum)
                {
                    rows.Add([prefix + property.Name, Written(inner)]);
                }
                else
                {
                    Spread($"{prefix}{property.Name}.", inner);
                }
            }
        }
    }

    public string ToHtml()
    {
        var html = new StringBuilder("<table><caption><b>").Append(Escaped(_title)).Append("</b></caption><thead><tr>");
        for (var c = 0; c < _columns.Count; c++)
        {
            html.Append(_numeric.Contains(c) ? "<th align=\"right\">" : "<th align=\"left\">").Append(Escaped(_columns[c])).Append("</th>");
        }

        html.Append("</tr></thead><tbody>");
        foreach (var row in _rows)
        {
            html.Append("<tr>");
            for (var c = 0; c < row.Count; c++)
            {
                html.Append(_numeric.Contains(c) ? "<td align=\"right\">" : "<td align=\"left\">").Append(Escaped(row[c])).Append("</td>");
            }

            html.Append("</tr>");
        }

        html.Append("</tbody></table>");
        return _note is null ? html.ToString() : html.Append("<p><small>").Append(Escaped(_note)).Append("</small></p>").ToString();
    }

    /// <summary>The table in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", _columns)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|{string.Concat(_columns.Select((_, c) => _numeric.Contains(c) ? " ---: |" : " --- |"))}");
        foreach (var row in _rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |");
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
        double number => number.ToString(Math.Abs(number) is >= 1e-3 and < 1e6 or 0 ? "#,0.###" : "0.###E0", CultureInfo.InvariantCulture),
        float number => Written((double)number),
        int or long => string.Format(CultureInfo.InvariantCulture, "{0:N0}", value),
        System.Collections.IEnumerable values => string.Join(", ", values.Cast<object?>().Select(Written)),
        _ => string.Format(CultureInfo.InvariantCulture, "{0}", value),
    };

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
