using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Phi4R.Notebooks.Sessions;

/// <summary>The forms of a call that is being written: Roslyn keeps its own service for that to itself.</summary>
internal static class CallSignatures
{
    private static readonly SymbolDisplayFormat Form = SymbolDisplayFormat.MinimallyQualifiedFormat
        .WithMemberOptions(SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeContainingType);

    /// <summary>All forms, the one that fits what is written first, with the parameter at the place; null outside of
    /// calls.</summary>
    public static string? At(SemanticModel model, SyntaxNode root, int place)
    {
        var list = root.FindToken(Math.Max(0, place - 1)).Parent?.AncestorsAndSelf()
            .OfType<BaseArgumentListSyntax>()
            .FirstOrDefault(list => list.SpanStart < place
                && (list.GetLastToken(includeZeroWidth: true).IsMissing || place < list.Span.End));
        if (list?.Parent is not { } call)
        {
            return null;
        }

        ISymbol[] forms = call switch
        {
            InvocationExpressionSyntax invocation => [.. model.GetMemberGroup(invocation.Expression)],
            ElementAccessExpressionSyntax access => [.. model.GetIndexerGroup(access.Expression)],
            BaseObjectCreationExpressionSyntax creation when model.GetTypeInfo(creation).Type is INamedTypeSymbol type
                => [.. type.InstanceConstructors.Where(form => model.IsAccessible(place, form))],
            _ => [],
        };
        if (forms.Length == 0)
        {
            return null;
        }

        var index = list.Arguments.GetSeparators().Count(comma => comma.SpanStart < place);
        var info = model.GetSymbolInfo(call);
        var chosen = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
        forms = [.. forms.OrderByDescending(form => SymbolEqualityComparer.Default.Equals(form, chosen))
            .ThenByDescending(form => ParameterAt(form, index) is not null)];
        var lines = forms.Select(form => form.ToMinimalDisplayString(model, place, Form));
        return ParameterAt(forms[0], index) is not { } parameter ? string.Join('\n', lines)
            : string.Join('\n', lines) + $"\n\nhere: {parameter.ToMinimalDisplayString(model, place)}"
                + DocumentationText.Of(forms[0], parameter.Name);
    }

    private static IParameterSymbol? ParameterAt(ISymbol form, int index)
    {
        var parameters = form switch
        {
            IMethodSymbol method => method.Parameters,
            IPropertySymbol indexer => indexer.Parameters,
            _ => [],
        };
        return index < parameters.Length ? parameters[index]
            : parameters.LastOrDefault() is { IsParams: true } last ? last : null;
    }
}
