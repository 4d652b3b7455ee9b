using System.Collections;
using System.Data;
using System.Globalization;
using System.Net;
using System.Reflection;
using Microsoft.DotNet.Interactive.Formatting;

namespace Phi4R.Notebooks.Outputs;

/// <summary>
/// Shows the data frames of Microsoft.Data.Analysis, and the data tables of .NET, as tables of their first rows; the
/// package is the notebook's, so it is known by name alone.
/// </summary>
internal static class DataFrameTable
{
    private const string Package = "Microsoft.Data.Analysis";
    private const string Framework = "System.Data.Common";
    private const int Most = 20;

    private static readonly Lock Installing = new();
    private static bool Installed;

    /// <summary>
    /// Once, for what is loaded and for what will be; a formatter that is registered later for one of them takes the
    /// place of this one.
    /// </summary>
    public static void Install()
    {
        lock (Installing)
        {
            if (!Installed)
            {
                Installed = true;
                AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => Register(loaded.LoadedAssembly);
                Restore();
            }
        }
    }

    /// <summary>
    /// Takes the place of what the package's extension registered: that writes up to 10,000 rows, and buttons that are
    /// dead where scripts are.
    /// </summary>
    public static void Restore()
    {
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            Register(assembly);
        }
    }

    private static void Register(Assembly assembly)
    {
        if (assembly.GetName().Name == Package && assembly.GetType($"{Package}.DataFrame") is { } frame)
        {
            Formatter.Register(frame, (value, writer) => writer.Write(OfFrame(value)), "text/html");
        }
        else if (assembly.GetName().Name == Framework)
        {
            RegisterTables(); // only now, as it would load what most cells have no use for
        }
    }

    private static void RegisterTables()
    {
        Formatter.Register<DataTable>((table, writer) => writer.Write(OfTable(table)), "text/html");
        Formatter.Register<DataTable>((table, writer) => writer.Write($"{table.TableName}: "
            + Size(table.Rows.Count, table.Columns.Count)), "text/plain");
    }

    private static string OfTable(DataTable table) => Html(table.Columns.Cast<DataColumn>()
        .Select(column => column.ColumnName), table.Rows.Cast<DataRow>().Take(Most).Select(row => row.ItemArray),
        table.Rows.Count, table.Columns.Count);

    private static string OfFrame(object frame)
    {
        var columns = ((IEnumerable)frame.GetType().GetProperty("Columns")!.GetValue(frame)!)
            .Cast<IEnumerable>().ToList();
        var names = columns.Select(column => column.GetType().GetProperty("Name")!.GetValue(column));
        var values = columns.Select(column => column.Cast<object?>().Take(Most).ToList()).ToList();
        var rows = Enumerable.Range(0, values.Count == 0 ? 0 : values[0].Count)
            .Select(row => values.Select(column => column[row]));
        var count = columns.Count == 0 ? 0 : (long)columns[0].GetType().GetProperty("Length")!.GetValue(columns[0])!;
        return Html(names, rows, count, columns.Count);
    }

    private static string Html(
        IEnumerable<object?> names, IEnumerable<IEnumerable<object?>> rows, long count, int columns)
    {
        var head = string.Concat(names.Select(name => Cell("th", name)));
        var body = string.Concat(rows.Select(row =>
            $"<tr>{string.Concat(row.Select(value => Cell("td", value)))}</tr>"));
        return $"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{Size(count, columns)}</p>";
    }

    private static string Size(long rows, int columns) =>
        $"{(rows > Most ? $"The first {Most} of {rows:N0} rows" : $"{rows:N0} rows")}, {columns} columns";

    private static string Cell(string tag, object? value) =>
        $"<{tag}>{WebUtility.HtmlEncode(Convert.ToString(value, CultureInfo.InvariantCulture))}</{tag}>";
}
