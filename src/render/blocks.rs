//! `{{#block "name"}}default{{/block}}`: a place in a template that a pack can fill in, and `each`, counted.

use handlebars::{
    BlockContext, BlockParams, Context, Handlebars, Helper, HelperDef, HelperResult, Output,
    RenderContext, RenderErrorReason, Renderable, StringOutput, to_json,
};
use serde_json::Value;

use super::budget;

/// Under what a block is registered, which no partial can be called.
pub fn registered(block: &str) -> String {
    format!("block {block}")
}

/// Renders what a pack has for the block, otherwise what stands inside. In what the pack has, `{{default}}`
/// is what stands inside.
pub struct Block;

impl HelperDef for Block {
    fn call<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = h.param(0).and_then(|it| it.value().as_str());
        let name = name.ok_or(RenderErrorReason::ParamNotFoundForIndex("block", 0))?;
        let Some(filled) = r.get_template(&registered(name)) else {
            return h
                .template()
                .map_or(Ok(()), |inside| inside.render(r, ctx, rc, out));
        };
        let before = rc.get_current_template_name();
        let mut default = StringOutput::new();
        if let Some(inside) = h.template() {
            inside.render(r, ctx, rc, &mut default)?;
        }
        let default = Default(default.into_string()?);
        rc.register_local_helper("default", Box::new(default));
        let result = filled.render(r, ctx, rc, out);
        rc.unregister_local_helper("default");
        rc.set_current_template_name(before);
        result
    }
}

struct Default(String);

impl HelperDef for Default {
    fn call<'reg: 'rc, 'rc>(
        &self,
        _: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        // It ends its last line, and so does the line on which `{{default}}` stands.
        out.write(self.0.strip_suffix('\n').unwrap_or(&self.0))?;
        Ok(())
    }
}

/// Handlebars' own `each`, with a bound for its turns.
pub struct Each;

impl HelperDef for Each {
    fn call<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let list = h
            .param(0)
            .ok_or(RenderErrorReason::ParamNotFoundForIndex("each", 0))?;
        let Some(inside) = h.template() else {
            return Ok(());
        };
        let items: Vec<(Value, String, &Value)> = match list.value() {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (to_json(index), index.to_string(), item))
                .collect(),
            Value::Object(items) => items
                .iter()
                .map(|(key, item)| (to_json(key), key.clone(), item))
                .collect(),
            _ => {
                return match h.inverse() {
                    Some(otherwise) => otherwise.render(r, ctx, rc, out),
                    None => {
                        let name = list.relative_path().cloned();
                        Err(RenderErrorReason::MissingVariable(name).into())
                    }
                };
            }
        };
        if items.is_empty() {
            return h
                .inverse()
                .map_or(Ok(()), |otherwise| otherwise.render(r, ctx, rc, out));
        }
        let is_object = list.value().is_object();
        let path = list.context_path().cloned();
        let last = items.len() - 1;
        rc.push_block(BlockContext::new());
        for (index, (key, segment, item)) in items.into_iter().enumerate() {
            budget::count_iteration()
                .map_err(|bound| RenderErrorReason::NestedError(Box::new(bound)))?;
            let Some(block) = rc.block_mut() else {
                break;
            };
            block.set_local_var("first", to_json(index == 0));
            block.set_local_var("last", to_json(index == last));
            block.set_local_var("index", to_json(index));
            if is_object {
                block.set_local_var("key", key.clone());
            }
            match &path {
                Some(path) => {
                    let mut path = path.clone();
                    path.push(segment);
                    *block.base_path_mut() = path;
                }
                None => block.set_base_value(item.clone()),
            }
            let mut params = BlockParams::new();
            let (value, name) = match (h.block_param(), h.block_param_pair()) {
                (Some(value), _) => (Some(value), None),
                (None, Some((value, name))) => (Some(value), Some(name)),
                (None, None) => (None, None),
            };
            if let Some(value) = value {
                match &path {
                    Some(_) => params.add_path(value, Vec::new())?,
                    None => params.add_value(value, item.clone())?,
                }
            }
            if let Some(name) = name {
                params.add_value(name, key)?;
            }
            block.set_block_params(params);
            inside.render(r, ctx, rc, out)?;
        }
        rc.pop_block();
        Ok(())
    }
}
