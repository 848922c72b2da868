//! Where the attributes of objects and modules come from.

use std::rc::Rc;

use smol_str::{SmolStr, format_smolstr};

use super::{HANDED_ON, Origin, Place, Wanted, exported};
use crate::model::python::Module;
use crate::project::resolve::objects::Base;
use crate::project::resolve::{Entered, Resolver};
use crate::project::value::{Instance, Seen, Value};
use crate::source::FileId;
use crate::syntax::python::{ClassId, ExprId, ExprKind};

impl Resolver<'_> {
    /// Where `self.name` and `module.name` come from.
    pub(super) fn attribute_origins(
        &self,
        module: &Module,
        place: &Place,
        value: ExprId,
        name: &SmolStr,
        out: &mut Vec<Origin>,
    ) {
        let used = module.ast.expr(place.expr);
        if let ExprKind::Name(base) = module.ast.kind(value)
            && let Some(function) = module.ast.function_of(used.scope)
        {
            let path = format_smolstr!("{base}.{name}");
            let wanted = Wanted {
                file: place.file,
                scope: module.ast.function(function).scope,
                name: &path,
                at: Some(used.stmt),
            };
            self.variable_origins(wanted, place.frame.as_ref(), HANDED_ON, out);
        }
        if !out.is_empty() {
            return;
        }
        let of = self.eval(place.file, value, place.frame.as_ref());
        for it in of.alternatives() {
            match &it.value {
                Value::Instance(instance) => self.assigned_origins(it, instance, name, out),
                Value::Module(file) => {
                    let wanted = exported(file.0 as usize, name);
                    self.variable_origins(wanted, None, HANDED_ON, out);
                }
                _ => {}
            }
        }
    }

    /// What the methods of a class assign to an attribute of their object.
    fn assigned_origins(
        &self,
        of: &Seen,
        instance: &Rc<Instance>,
        name: &SmolStr,
        out: &mut Vec<Origin>,
    ) {
        for base in self.bases(instance.file, instance.class) {
            let Base::Own(file, class) = base else {
                continue;
            };
            self.assigned_in(of, instance, (file, class), name, out);
            if !out.is_empty() {
                return;
            }
        }
    }

    fn assigned_in(
        &self,
        of: &Seen,
        instance: &Rc<Instance>,
        (file, class): (FileId, ClassId),
        name: &SmolStr,
        out: &mut Vec<Origin>,
    ) {
        let Some(module) = self.project.module(file) else {
            return;
        };
        let methods = module.assigned_attributes.get(&(class, name.clone()));
        for function in methods.into_iter().flatten() {
            let own = module.ast.function(*function);
            let this = own.params.first().map_or("self", |it| it.name.as_str());
            let path = format_smolstr!("{this}.{name}");
            let frame = self.frame(Entered {
                file,
                function: *function,
                site: instance.site.as_ref().filter(|_| own.name == "__init__"),
                partial: None,
                this: Some(of),
                outer: None,
            });
            let wanted = Wanted {
                file,
                scope: own.scope,
                name: &path,
                at: None,
            };
            self.variable_origins(wanted, Some(&frame), HANDED_ON, out);
        }
    }
}
