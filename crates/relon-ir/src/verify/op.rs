//! The types of each op, as its documentation gives them.

use super::{Checked, Checker, require};
use crate::{Convention, IntCondition, IntOp, MemType, Native, NativeId, OnFailure, Op, SiteId, Type, Value};

/// What an op takes and gives.
pub(super) struct Row {
    pub(super) operands: Vec<(Value, Type)>,
    pub(super) results: Vec<Type>,
    pub(super) sites: Vec<SiteId>,
}

fn row(operands: impl Into<Vec<(Value, Type)>>, results: impl Into<Vec<Type>>) -> Row {
    Row { operands: operands.into(), results: results.into(), sites: Vec::new() }
}

impl Row {
    fn at(mut self, sites: impl IntoIterator<Item = SiteId>) -> Row {
        self.sites.extend(sites);
        self
    }
}

impl Checker<'_> {
    /// The types of an op, where its ids are in range.
    pub(super) fn row(&self, op: &Op) -> Checked<Row> {
        use Type::{Bool, Float, Int, Ptr};
        Ok(match op {
            Op::ConstInt(_) => row([], [Int]),
            Op::ConstFloat(_) => row([], [Float]),
            Op::ConstBool(_) => row([], [Bool]),
            Op::ConstData(data) => {
                require(data.index() < self.module.data.len(), || format!("{data} does not exist"))?;
                row([], [Ptr])
            }
            Op::Context | Op::ConstNull => row([], [Ptr]),
            Op::Int { op, lhs, rhs, overflow, zero } => {
                let divides = matches!(op, IntOp::Div | IntOp::Rem);
                require(divides == zero.is_some(), || "a site for zero divisors belongs to a division".into())?;
                row([(*lhs, Int), (*rhs, Int)], [Int]).at([*overflow]).at(*zero)
            }
            Op::Wrap(_, lhs, rhs) => row([(*lhs, Int), (*rhs, Int)], [Int]),
            Op::Float(_, lhs, rhs) => row([(*lhs, Float), (*rhs, Float)], [Float]),
            Op::FloatNeg(value) | Op::FloatAbs(value) => row([(*value, Float)], [Float]),
            Op::IntToFloat(value) => row([(*value, Int)], [Float]),
            Op::IntCompare(condition, lhs, rhs) => self.int_compare(*condition, *lhs, *rhs)?,
            Op::FloatCompare(_, lhs, rhs) => row([(*lhs, Float), (*rhs, Float)], [Bool]),
            Op::Bool(_, lhs, rhs) => row([(*lhs, Bool), (*rhs, Bool)], [Bool]),
            Op::Not(value) => row([(*value, Bool)], [Bool]),
            Op::Select(condition, yes, no) => {
                let ty = self.type_of(*yes)?;
                row([(*condition, Bool), (*yes, ty), (*no, ty)], [ty])
            }
            Op::StackSlot { size: _, align } => {
                require(align.is_power_of_two(), || format!("alignment {align}"))?;
                row([], [Ptr])
            }
            Op::Load { mem, address, offset: _, within } => {
                let fits = within.is_none_or(|range| *mem == MemType::Int && !range.is_empty());
                require(fits, || "bounds are for an Int, and some Int is within them".into())?;
                row([(*address, Ptr)], [mem.value_type()])
            }
            Op::Store { mem, address, offset: _, value } => row([(*address, Ptr), (*value, mem.value_type())], []),
            Op::Offset(address, bytes) => row([(*address, Ptr), (*bytes, Int)], [Ptr]),
            Op::Copy { to, from, size } => row([(*to, Ptr), (*from, Ptr), (*size, Int)], []),
            Op::Call { function, args } => {
                let callee = self.module.functions.get(function.index());
                let callee = callee.ok_or_else(|| format!("{function} does not exist"))?;
                row(arguments(args, &callee.params)?, callee.results.clone())
            }
            Op::CallNative { native, args, failure } => self.call_native(*native, args, *failure)?,
            Op::Guard(condition, site) => row([(*condition, Bool)], []).at([*site]),
        })
    }

    fn int_compare(&self, condition: IntCondition, lhs: Value, rhs: Value) -> Checked<Row> {
        let ty = self.type_of(lhs)?;
        let equality = matches!(condition, IntCondition::Eq | IntCondition::Ne);
        let right = ty == Type::Int || ty == Type::Ptr && equality;
        require(right, || format!("{condition:?} does not compare {ty:?}"))?;
        Ok(row([(lhs, ty), (rhs, ty)], [Type::Bool]))
    }

    fn call_native(&self, id: NativeId, args: &[Value], failure: OnFailure) -> Checked<Row> {
        let native: &Native = self.module.natives.get(id.index()).ok_or_else(|| format!("{id} does not exist"))?;
        let operands = arguments(args, &native.params)?;
        Ok(match (native.convention, failure) {
            (Convention::Direct, _) => row(operands, native.result.as_slice()),
            (Convention::Status | Convention::Open, OnFailure::Trap(site)) => row(operands, []).at([site]),
            (Convention::Status | Convention::Open, OnFailure::Give) => row(operands, [Type::Bool]),
        })
    }
}

fn arguments(args: &[Value], params: &[Type]) -> Checked<Vec<(Value, Type)>> {
    require(args.len() == params.len(), || format!("{} arguments instead of {}", args.len(), params.len()))?;
    Ok(args.iter().copied().zip(params.iter().copied()).collect())
}
