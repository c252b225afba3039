using System.Reflection;
using System.Runtime.CompilerServices;
using Ripieno.Errors;

namespace Ripieno.Tests.Hosting;

/// <summary>
/// What programs may use is written down in <c>PublicSurface.txt</c>: whoever changes it sees that programs are concerned. After a change on purpose:
/// <c>RIPIENO_WRITE_SURFACE=1 dotnet run --project tests/Ripieno.Tests -c Release -- -method "*public_surface*"</c>.
/// </summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void The_public_surface_is_the_approved_one()
    {
        var surface = string.Join('\n', Surface()) + "\n";
        var file = RepositoryRoot.File("tests/Ripieno.Tests/Hosting/PublicSurface.txt");
        if (Environment.GetEnvironmentVariable("RIPIENO_WRITE_SURFACE") == "1")
            File.WriteAllText(file, surface);
        Assert.Equal(File.ReadAllText(file), surface);
    }

    [Fact]
    public void Everything_public_is_documented()
    {
        foreach (var assembly in Assemblies())
        {
            var documented = File.ReadAllText(Path.ChangeExtension(assembly.Location, ".xml"));
            Assert.All(Types(assembly), type => Assert.Contains($"\"T:{type.FullName}\"", documented, StringComparison.Ordinal));
        }
    }

    private static Assembly[] Assemblies() => [typeof(AgentCoordinator).Assembly, typeof(RipienoException).Assembly];

    /// <summary>Extension blocks are compiled into types of their own, whose names mean nothing.</summary>
    private static IEnumerable<Type> Types(Assembly assembly) => assembly.GetExportedTypes().Where(type => !type.FullName!.Contains('<', StringComparison.Ordinal));

    private static IEnumerable<string> Surface()
    {
        foreach (var type in Assemblies().SelectMany(Types).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            yield return $"{type.FullName}{(type.BaseType is { } parent && parent != typeof(object) ? $" : {parent.Name}" : "")}";
            var members = type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(member => member is not MethodInfo { IsSpecialName: true } && member is not TypeInfo && member.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
                .Select(Text).Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal);
            foreach (var member in members)
                yield return "  " + member;
        }
    }

    private static string Text(MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true } field when field.DeclaringType!.IsEnum => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), System.Globalization.CultureInfo.InvariantCulture)}",
        MethodBase method => $"{member.Name}{(method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}>" : "")}({string.Join(", ", method.GetParameters().Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? "?" : "")}"))}){(method is MethodInfo info ? $" : {Name(info.ReturnType)}" : "")}",
        PropertyInfo property => $"{property.Name} : {Name(property.PropertyType)}",
        _ => member.ToString()!,
    };

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
