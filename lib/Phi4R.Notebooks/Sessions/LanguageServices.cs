using System.Composition.Hosting;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis.Host.Mef;

namespace Phi4R.Notebooks.Sessions;

/// <summary>Roslyn's services for editors, without those that a cell has no use for.</summary>
/// <remarks>
/// Roslyn's own host looks at each of 11,000 types and offers what fixes and rearranges code, too. Without that the
/// first answer takes three fifths of the processor time, and 30 MB less stay in memory.
/// </remarks>
internal static class LanguageServices
{
    private static readonly string[] Unused = ["CodeFix", "CodeRefactoring", "Snippet"];

    /// <summary>
    /// They offer names that no using brings in, patterns of other languages, what stands in a project's files, and
    /// directives that are another dialect's.
    /// </summary>
    private static readonly string[] UnusedCompletions =
        ["Import", "EmbeddedLanguage", "InternalsVisibleTo", "Snippet", "DeclarationName", "AppDirective",
            "LoadDirective", "ReferenceDirective"];

    private static readonly Lazy<MefHostServices> All = new(() => MefHostServices.Create(new ContainerConfiguration()
        .WithParts(new[] { "Workspaces", "CSharp.Workspaces", "Features", "CSharp.Features" }
            .SelectMany(name => Parts(Assembly.Load($"Microsoft.CodeAnalysis.{name}"))))
        .CreateContainer()));

    /// <summary>Loaded when first asked for.</summary>
    public static MefHostServices Host => All.Value;

    /// <summary>The types that an assembly offers, found without loading the others.</summary>
    private static List<Type> Parts(Assembly assembly)
    {
        using PEReader file = new(File.OpenRead(assembly.Location));
        var reader = file.GetMetadataReader();
        List<Type> parts = [];
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            if (type.GetCustomAttributes().Select(attribute => Name(reader, attribute))
                .FirstOrDefault(name => name.StartsWith("Export", StringComparison.Ordinal)) is { } export
                && !Holds(export, Unused)
                && !(Holds(export, ["CompletionProvider"]) && Holds(reader.GetString(type.Name), UnusedCompletions)))
            {
                parts.Add(assembly.ManifestModule.ResolveType(MetadataTokens.GetToken(handle)));
            }
        }

        return parts;
    }

    private static string Name(MetadataReader reader, CustomAttributeHandle attribute)
    {
        var constructor = reader.GetCustomAttribute(attribute).Constructor;
        var type = constructor.Kind == HandleKind.MemberReference
            ? reader.GetMemberReference((MemberReferenceHandle)constructor).Parent
            : reader.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType();
        return type.Kind switch
        {
            HandleKind.TypeReference => reader.GetString(reader.GetTypeReference((TypeReferenceHandle)type).Name),
            HandleKind.TypeDefinition => reader.GetString(reader.GetTypeDefinition((TypeDefinitionHandle)type).Name),
            _ => "",
        };
    }

    private static bool Holds(string name, string[] words) =>
        words.Any(word => name.Contains(word, StringComparison.Ordinal));
}
