using System.Reflection;
using System.Reflection.Emit;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Phi4R.Data;
using Phi4R.Text;
using Phi4R.Verification;

namespace Phi4R.Runs;

/// <summary>
/// A hash of a part of the compiled code, which changes when that part does and not when another part does.
/// </summary>
/// <remarks>
/// The instructions of a method name other methods, types and texts by row numbers, which shift with every change
/// anywhere in the assembly. Here the names themselves take the numbers' place, so that a build of the same source
/// with the same compiler and in the same configuration gives the same hash, whatever else was built beside it.
/// </remarks>
internal static class RoomCode
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly
        | BindingFlags.Static | BindingFlags.Instance;

    // By their first byte, and those of two bytes, which start with FE, by their second.
    private static readonly Dictionary<short, OpCode> Instructions = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    private static readonly Lazy<string> VerifierHash = new(() => Of(typeof(Verifiers).Assembly, IsVerifier));

    private static readonly Lazy<string> TextHash = new(() =>
        Of(typeof(ITokenizer).Assembly, type => type.Namespace == typeof(ITokenizer).Namespace));

    /// <summary>Of everything that makes token ids of texts: the room Text.</summary>
    public static string Text => TextHash.Value;

    /// <summary>
    /// Of everything that decides a verdict: the room Verification and the verifiers of the room Data.
    /// </summary>
    public static string Verifier => VerifierHash.Value;

    /// <summary>The hash of the types that belong to a part, with the types inside them.</summary>
    /// <param name="belongs">Asked of each type that is inside no other.</param>
    public static string Of(Assembly assembly, Func<Type, bool> belongs)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var types = assembly.GetTypes().Where(type => belongs(Outermost(type)));
        foreach (var type in types.OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            Add($"type {type.FullName}: {type.BaseType}");
            foreach (var field in type.GetFields(Declared).OrderBy(field => field.Name, StringComparer.Ordinal))
            {
                Add($"field {field} {(field.IsLiteral ? field.GetRawConstantValue() : "")}");
            }

            var methods = type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared));
            foreach (var method in methods.OrderBy(method => $"{method}", StringComparer.Ordinal))
            {
                Add($"method {method}");
                if (method.GetCustomAttribute<GeneratedRegexAttribute>() is { } regex)
                {
                    // Its body is generated elsewhere, under a number that other rooms' patterns shift.
                    Add($"pattern {regex.Pattern} {regex.Options} {regex.MatchTimeoutMilliseconds}");
                }
                else
                {
                    AddBody(method, Add);
                }
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string line) => hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
    }

    private static bool IsVerifier(Type type) =>
        $"{type.Namespace}.".StartsWith($"{typeof(Grader).Namespace}.", StringComparison.Ordinal)
        || type == typeof(Verifiers) || type == typeof(Verifier);

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static void AddBody(MethodBase method, Action<string> add)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return;
        }

        foreach (var local in body.LocalVariables)
        {
            add($"local {local.LocalType}");
        }

        foreach (var clause in body.ExceptionHandlingClauses)
        {
            add($"{clause.Flags} {clause.TryOffset} {clause.TryLength} {clause.HandlerOffset} {clause.HandlerLength} "
                + (clause.Flags == ExceptionHandlingClauseOptions.Clause ? $"{clause.CatchType}" : ""));
        }

        var il = body.GetILAsByteArray()!;
        for (var at = 0; at < il.Length;)
        {
            var code = il[at] == 0xFE ? Instructions[unchecked((short)(0xFE00 | il[at + 1]))] : Instructions[il[at]];
            at += code.Size;
            var size = SizeOf(code.OperandType, il, at);
            add($"{code.Name} {Operand(method, code.OperandType, il.AsSpan(at, size))}");
            at += size;
        }
    }

    private static string Operand(MethodBase method, OperandType kind, ReadOnlySpan<byte> operand) => kind switch
    {
        OperandType.InlineString => method.Module.ResolveString(BitConverter.ToInt32(operand)),
        OperandType.InlineSig => Convert.ToHexString(method.Module.ResolveSignature(BitConverter.ToInt32(operand))),
        OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType =>
            Named(method, BitConverter.ToInt32(operand)),
        _ => Convert.ToHexString(operand),
    };

    // A member's own text does not say whose it is.
    private static string Named(MethodBase method, int token)
    {
        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        var member = method.Module.ResolveMember(token, typeArguments, methodArguments)!;
        return $"{member.DeclaringType} {member}";
    }

    private static int SizeOf(OperandType kind, byte[] il, int at) => kind switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => sizeof(int) * (1 + BitConverter.ToInt32(il, at)),
        _ => sizeof(int),
    };
}
