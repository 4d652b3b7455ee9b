using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Checking;

/// <summary>
/// What C# in a cell must leave out so that it runs in both kernels; remembers names from cell to cell.
/// </summary>
internal sealed partial class DialectRules
{
    /// <summary>Code cells, from the first, in which references may stand.</summary>
    private const int FirstCells = 3;

    private static readonly Dictionary<string, string> Names = new()
    {
        ["DisplayedValue"] = "its namespace differs between the kernels; write var",
        ["GetInputAsync"] = "nobody answers in a headless run; make it a parameter",
        ["GetPasswordAsync"] = "nobody answers in a headless run; make it a parameter",
        ["ReadLine"] = "nobody answers in a headless run; make it a parameter",
        ["ReadKey"] = "nobody answers in a headless run; make it a parameter",
    };

    private readonly HashSet<string> _shown = [];

    /// <returns>One line each, without the file's name.</returns>
    public IEnumerable<string> Problems(string source, int cell)
    {
        CellDirectives read;
        string? refused = null;
        try
        {
            if (CellSection.RefusalOf(source, $"cell {cell}") is { } refusal)
            {
                throw refusal;
            }

            read = CellDirectives.Read(CellSection.CSharpOf(source), $"cell {cell}");
        }
        catch (CellException e)
        {
            (read, refused) = (new CellDirectives([], ""),
                $"{e.Place.Replace(":line", " line", StringComparison.Ordinal)}: {e.Message}");
        }

        var tree = CSharpSyntaxTree.ParseText(read.Code, Submissions.Syntax);
        var root = tree.GetCompilationUnitRoot();
        var problems = read.Directives.Select(directive => (Line: directive.Line, Text: OfDirective(directive, cell)))
            .Concat(tree.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
                .Select(diagnostic => (Line: Line(diagnostic.Location), Text: (string?)OfSyntax(diagnostic, tree))))
            .Concat(root.DescendantNodes().Select(node => (Line: Line(node.GetLocation()), Text: OfNode(node, root))));
        return (refused is null ? [] : new[] { refused })
            .Concat(problems.Where(problem => problem.Text is not null)
                .Select(problem => $"cell {cell} line {problem.Line}: {problem.Text}"))
            .ToArray();
    }

    private static string OfSyntax(Diagnostic diagnostic, SyntaxTree tree) =>
        UsingDeclaration().IsMatch(tree.GetText().Lines[Line(diagnostic.Location) - 1].ToString())
            ? "a script takes no using declaration; write a using statement with braces."
            : $"{diagnostic.Id}: {diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}";

    private static string? OfDirective(Directive directive, int cell) => directive switch
    {
        { Kind: DirectiveKind.Package, Version: null } =>
            $"#r \"nuget: {directive.Argument}\" has no version; write #r \"nuget: {directive.Argument}, x.y.z\".",
        { Kind: DirectiveKind.File } when Path.IsPathRooted(directive.Argument)
            || directive.Argument.Contains(":\\", StringComparison.Ordinal) =>
            $"#r \"{directive.Argument}\" is a path of one machine; write it from the notebook's folder.",
        { Kind: DirectiveKind.File or DirectiveKind.Package or DirectiveKind.Source } when cell > FirstCells =>
            $"references belong in the first {FirstCells} code cells.",
        _ => null,
    };

    private string? OfNode(SyntaxNode node, CompilationUnitSyntax root)
    {
        switch (node)
        {
            case VariableDeclaratorSyntax { Initializer.Value: InvocationExpressionSyntax shown } variable
                when IsLostDisplay(shown):
                _shown.Add(variable.Identifier.Text);
                return null;
            case VariableDeclaratorSyntax variable:
                _shown.Remove(variable.Identifier.Text);
                return null;
            case InvocationExpressionSyntax
            { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "Update" } update }
                when update.Expression is InvocationExpressionSyntax shown
                    ? IsLostDisplay(shown)
                    : update.Expression is IdentifierNameSyntax name && _shown.Contains(name.Identifier.Text):
                return "this Update is lost in .NET Interactive; write KernelInvocationContext.Current.Display(...) "
                    + "and update what it returns.";
            case IdentifierNameSyntax name when Names.TryGetValue(name.Identifier.Text, out var why):
                return $"{name.Identifier.Text}: {why}.";
            case UsingDirectiveSyntax { Name: { } space } when space.ToString()
                .StartsWith("Plotly", StringComparison.Ordinal):
                return "Plotly.NET 6 does not load in the tool of .NET Interactive; draw with Phi4R.Show.";
            case ClassDeclarationSyntax type when type.Members.OfType<MethodDeclarationSyntax>().Any(IsExtension):
                return "extension methods stand at the top of a cell, not in a class.";
            case NullableTypeSyntax
            {
                ElementType: PredefinedTypeSyntax
                {
                    Keyword.RawKind: (int)SyntaxKind.StringKeyword
                or (int)SyntaxKind.ObjectKeyword
                }
            } nullable
                    when !root.ToFullString().Contains("#nullable enable", StringComparison.Ordinal):
                return $"{nullable} makes .NET Interactive print a warning; write it without the question mark, or "
                    + "#nullable enable above it.";
            default:
                return null;
        }
    }

    /// <summary>
    /// display(x), x.Display() and x.DisplayAs(...) return something else than what they showed; the context's own do
    /// not.
    /// </summary>
    private static bool IsLostDisplay(InvocationExpressionSyntax call) => call.Expression switch
    {
        IdentifierNameSyntax { Identifier.Text: "display" } => true,
        MemberAccessExpressionSyntax { Name.Identifier.Text: "DisplayAs" } => true,
        MemberAccessExpressionSyntax { Name.Identifier.Text: "Display", Expression: var shown } =>
            !shown.ToString().Contains("KernelInvocationContext", StringComparison.Ordinal),
        _ => false,
    };

    private static bool IsExtension(MethodDeclarationSyntax method) =>
        method.ParameterList.Parameters is [var first, ..] && first.Modifiers.Any(SyntaxKind.ThisKeyword);

    private static int Line(Location location) => location.GetLineSpan().StartLinePosition.Line + 1;

    [GeneratedRegex(@"^\s*using\s+[\w<>.]+\s+\w+\s*=")]
    private static partial Regex UsingDeclaration();
}
