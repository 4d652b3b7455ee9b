using System.Globalization;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Documents;

/// <summary>One declaration of the cell tagged <c>parameters</c>.</summary>
/// <param name="Type">As declared; that of the value where the declaration says var.</param>
public sealed record NotebookParameter(string Name, string Type);

/// <summary>The parameters of a notebook, and new values for them.</summary>
public static class NotebookParameters
{
    private const string DeclaredTag = "parameters";
    private const string InjectedTag = "injected-parameters";

    /// <summary>What the cell tagged <c>parameters</c> declares; nothing where no cell is tagged.</summary>
    /// <exception cref="InvalidDataException">That cell holds a directive that is unknown or badly written.</exception>
    public static IReadOnlyList<NotebookParameter> Of(Notebook notebook) =>
        notebook.Cells.FirstOrDefault(IsDeclaring) is { } cell
        ? [.. CSharpSyntaxTree.ParseText(Code(notebook, cell), Submissions.Syntax).GetCompilationUnitRoot().Members
            .OfType<FieldDeclarationSyntax>()
            .SelectMany(field => field.Declaration.Variables.Select(variable => new NotebookParameter(
                variable.Identifier.Text,
                field.Declaration.Type.IsVar
                    ? TypeOf(variable.Initializer?.Value)
                    : field.Declaration.Type.ToString())))]
        : [];

    /// <summary>
    /// Puts a cell that assigns the values after the cell that declares them; removes one of an earlier run.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The cell that declares them holds a directive that is unknown or badly written.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// A name is not declared or a value is not of its type; one line that says so.
    /// </exception>
    public static void Inject(Notebook notebook, IReadOnlyList<KeyValuePair<string, string>> values)
    {
        foreach (var cell in notebook.Cells.Where(cell => cell.Tags.Contains(InjectedTag)).ToArray())
        {
            notebook.Remove(cell);
        }

        var declared = Of(notebook);
        string[] lines = [.. values.Select(value => Assignment(notebook, declared, value.Key, value.Value))];
        if (lines.Length > 0)
        {
            var after = notebook.Cells.Index().First(indexed => IsDeclaring(indexed.Item)).Index;
            notebook.Insert(after + 1, NotebookCell.Code("injected-parameters", string.Join('\n', lines), InjectedTag));
        }
    }

    private static string Code(Notebook notebook, NotebookCell cell)
    {
        try
        {
            return CellDirectives.Read(cell.Source, "the cell tagged parameters").Code;
        }
        catch (CellException e)
        {
            throw new InvalidDataException(
                $"{notebook.Path}: {e.Place.Replace(":line", " line", StringComparison.Ordinal)}: {e.Message}", e);
        }
    }

    private static bool IsDeclaring(NotebookCell cell) => cell.IsCode && cell.Tags.Contains(DeclaredTag);

    private static string Assignment(
        Notebook notebook, IReadOnlyList<NotebookParameter> declared, string name, string value)
    {
        var file = Path.GetFileName(notebook.Path);
        if (declared.FirstOrDefault(parameter => parameter.Name == name) is not { } parameter)
        {
            throw new ArgumentException(declared.Count == 0
                ? $"{file} declares no parameters, so -p {name}={value} means nothing to it."
                : $"{file} declares no parameter '{name}'{Nearest(name, declared)} It declares: "
                    + $"{string.Join(", ", declared.Select(known => $"{known.Type} {known.Name}"))}.");
        }

        return Literal(parameter.Type, value) is { } literal
            ? $"{name} = {literal};"
            : throw new ArgumentException($"{file}: -p {name}={value} is not a value of type {parameter.Type}.");
    }

    /// <summary>
    /// The value as C# of the declared type; null where it is none. A type that is not known here takes the value as an
    /// expression.
    /// </summary>
    private static string? Literal(string type, string value)
    {
        var plain = type.TrimEnd('?');
        if (type.EndsWith('?') && value == "null")
        {
            return "null";
        }

        var number = value.Replace("_", "", StringComparison.Ordinal);
        return plain switch
        {
            "string" or "String" => SymbolDisplay.FormatLiteral(value, quote: true),
            "bool" or "Boolean" => bool.TryParse(value, out var yes) ? (yes ? "true" : "false") : null,
            "int" => int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
                ? whole.ToString(CultureInfo.InvariantCulture)
                : null,
            "long" => long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large)
                ? large.ToString(CultureInfo.InvariantCulture) + "L"
                : null,
            "uint" or "ulong" => ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                ? count.ToString(CultureInfo.InvariantCulture) + "U"
                : null,
            "double" => IsNumber(number) ? number + "d" : null,
            "float" => IsNumber(number) ? number + "f" : null,
            "decimal" => IsNumber(number) ? number + "m" : null,
            _ => value,
        };
    }

    private static bool IsNumber(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint
            | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number) && !text.EndsWith('.');

    private static string TypeOf(ExpressionSyntax? value) => value switch
    {
        LiteralExpressionSyntax literal => literal.Token.Value switch
        {
            string => "string",
            bool => "bool",
            int => "int",
            long => "long",
            uint => "uint",
            ulong => "ulong",
            double => "double",
            float => "float",
            decimal => "decimal",
            _ => "var",
        },
        PrefixUnaryExpressionSyntax { Operand: var operand } => TypeOf(operand),
        InterpolatedStringExpressionSyntax => "string",
        _ => "var",
    };

    private static string Nearest(string name, IReadOnlyList<NotebookParameter> declared)
    {
        var (distance, nearest) = declared.Select(parameter => (Distance(name, parameter.Name), parameter.Name)).Min();
        return distance <= Math.Max(2, name.Length / 3) ? $"; did you mean '{nearest}'?" : ".";
    }

    /// <summary>Letters to insert, delete or change, without regard to case.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
