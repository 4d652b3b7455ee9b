using System.ComponentModel;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Phi4R.Notebooks.Sessions;

/// <summary>One word that may follow.</summary>
/// <param name="Kind">As Jupyter's front ends name them: function, instance, class, module, keyword, property.</param>
internal sealed record Completion(string Text, string Kind);

/// <summary>Words that may stand at a place of a cell.</summary>
/// <param name="Start">Where the word to replace begins, in UTF-16 units.</param>
internal sealed record Completions(IReadOnlyList<Completion> Words, int Start);

/// <summary>What an editor asks about a cell that has not been run yet.</summary>
internal sealed class CellLanguage(Submissions submissions)
{
    private const int MostWords = 1_000;

    private static readonly SymbolDisplayFormat Signature = SymbolDisplayFormat.MinimallyQualifiedFormat;

    public static bool? IsComplete(string code)
    {
        try
        {
            var tree = CSharpSyntaxTree.ParseText(CellDirectives.Read(CellSection.CSharpOf(code), "cell").Code,
                Submissions.Syntax);
            return !SyntaxFactory.IsCompleteSubmission(tree) ? false
                : tree.GetDiagnostics().Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error) ? null
                : true;
        }
        catch (CellException)
        {
            return null;
        }
    }

    public Completions Complete(string code, int cursor)
    {
        var start = cursor;
        while (start > 0 && SyntaxFacts.IsIdentifierPartCharacter(code[start - 1]))
        {
            start--;
        }

        if (OfDirective(code, cursor) is { } directives)
        {
            return directives;
        }

        var (model, root) = Bind(code);
        var before = root.FindToken(Math.Max(0, start - 1));
        if (IsInText(root, before, start))
        {
            return new Completions([], cursor);
        }

        var prefix = code[start..cursor];
        var found = before.IsKind(SyntaxKind.DotToken) && before.Span.End <= start
            ? Members(model, before)
            : model.LookupSymbols(start).Select(Word).Concat(Keywords());
        Completion[] words = [.. found
            .Where(word => word.Text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .DistinctBy(word => word.Text)
            .OrderBy(word => word.Text, StringComparer.OrdinalIgnoreCase)
            .Take(MostWords)];
        return new Completions(words, start);
    }

    /// <summary>Signature and documentation of what stands at a place; null where nothing known does.</summary>
    public string? Describe(string code, int cursor)
    {
        var (model, root) = Bind(code);
        var token = root.FindToken(Math.Min(cursor, code.Length));
        if (!token.IsKind(SyntaxKind.IdentifierToken) || !token.Span.IntersectsWith(cursor))
        {
            token = root.FindToken(Math.Max(0, cursor - 1));
        }

        if (token.IsKind(SyntaxKind.OpenParenToken))
        {
            token = token.GetPreviousToken();
        }

        if (token.Parent is not { } node)
        {
            return null;
        }

        var info = model.GetSymbolInfo(node);
        var symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault() ?? model.GetDeclaredSymbol(node);
        return symbol is null ? null
            : symbol.ToDisplayString(Signature)
                + (DocumentationText.Of(symbol) is { Length: > 0 } documentation ? "\n\n" + documentation : "");
    }

    /// <summary>What may stand on a line that begins with #; null on any other.</summary>
    private static Completions? OfDirective(string code, int cursor)
    {
        var line = code[(code[..cursor].LastIndexOf('\n') + 1)..cursor];
        var written = line.TrimStart();
        return !written.StartsWith('#') ? null
            : new Completions(
                [.. CellDirectives.Forms.Where(form => form.StartsWith(written, StringComparison.Ordinal))
                    .Select(form => new Completion(form, "keyword"))], cursor - written.Length);
    }

    private (SemanticModel Model, SyntaxNode Root) Bind(string code)
    {
        string blanked;
        try
        {
            blanked = CellDirectives.Read(CellSection.CSharpOf(code), "cell").Code;
        }
        catch (CellException)
        {
            blanked = code;
        }

        // Blanking shortens lines; places are those of the code as written, so directives are blanked by spaces here.
        var lines = code.Split('\n');
        var kept = blanked.Split('\n');
        for (var i = 0; i < lines.Length && i < kept.Length; i++)
        {
            lines[i] = kept[i].Length == 0 ? new string(' ', lines[i].Length) : lines[i];
        }

        var tree = CSharpSyntaxTree.ParseText(string.Join('\n', lines), Submissions.Syntax);
        return (submissions.Draft(tree).GetSemanticModel(tree), tree.GetRoot());
    }

    private static bool IsInText(SyntaxNode root, SyntaxToken before, int place)
    {
        var trivia = root.FindTrivia(Math.Max(0, place - 1));
        return trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
            || (before.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken
                or SyntaxKind.InterpolatedStringTextToken
                or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
                && before.Span.End > place - 1 && before.SpanStart < place);
    }

    private static IEnumerable<Completion> Members(SemanticModel model, SyntaxToken dot)
    {
        var left = dot.Parent switch
        {
            MemberAccessExpressionSyntax access => access.Expression,
            QualifiedNameSyntax name => name.Left,
            MemberBindingExpressionSyntax { Parent: var parent } =>
                parent?.AncestorsAndSelf().OfType<ConditionalAccessExpressionSyntax>().FirstOrDefault()?.Expression,
            _ => null,
        };
        if (left is null)
        {
            return [];
        }

        var place = dot.Span.End;
        var symbols = model.GetSymbolInfo(left).Symbol switch
        {
            INamespaceSymbol space => model.LookupNamespacesAndTypes(place, space),
            INamedTypeSymbol type =>
                [.. model.LookupStaticMembers(place, type), .. model.LookupNamespacesAndTypes(place, type)],
            _ => model.GetTypeInfo(left).Type is { } type and not IErrorTypeSymbol
                ? [.. model.LookupSymbols(place, type, includeReducedExtensionMethods: true)
                    .Where(symbol => !symbol.IsStatic || symbol is IMethodSymbol { ReducedFrom: not null })]
                : [],
        };
        return symbols.Where(IsMeant).Select(Word);
    }

    private static bool IsMeant(ISymbol symbol) => symbol.CanBeReferencedByName
        && !symbol.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == nameof(EditorBrowsableAttribute)
            && attribute.ConstructorArguments is [{ Value: (int)EditorBrowsableState.Never }]);

    private static Completion Word(ISymbol symbol) => new(symbol.Name, symbol.Kind switch
    {
        SymbolKind.Method => "function",
        SymbolKind.Property => "property",
        SymbolKind.NamedType => "class",
        SymbolKind.Namespace => "module",
        _ => "instance",
    });

    private static IEnumerable<Completion> Keywords() => SyntaxFacts.GetKeywordKinds()
        .Where(kind => SyntaxFacts.IsReservedKeyword(kind)
            || kind is SyntaxKind.AwaitKeyword or SyntaxKind.VarKeyword or SyntaxKind.RecordKeyword)
        .Select(kind => new Completion(SyntaxFacts.GetText(kind), "keyword"));
}
